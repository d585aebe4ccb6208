/**
 * Reading what a stage writes, in bounded memory whatever it writes: lines of limited length, and the first
 * and last part of the log.
 *
 * @module
 */

/** A line of output, without its end. */
export interface OutputLine {
  /** Text of the line, cut at the limit. */
  readonly text: string;
  /** Length of the whole line in bytes, cut or not. */
  readonly bytes: number;
}

/**
 * Splits a stream of bytes into lines, and keeps no more of a line than a limit.
 *
 * @example
 * ```ts
 * import { LineSplitter } from "./output.ts";
 * import assert from "node:assert/strict";
 *
 * const lines: string[] = [];
 * const splitter = new LineSplitter(4, ({ text }) => lines.push(text));
 * splitter.write(new TextEncoder().encode("one\nlonger\ntwo"));
 * splitter.end();
 * assert.deepEqual(lines, ["one", "long", "two"]);
 * ```
 */
export class LineSplitter {
  readonly #limit: number;
  readonly #emit: (line: OutputLine) => void;
  readonly #decoder = new TextDecoder();
  #pieces: Uint8Array[] = [];
  #kept = 0;
  #bytes = 0;

  /**
   * Creates a splitter.
   *
   * @param limit Most bytes of a line that are kept.
   * @param emit Receives each line.
   */
  constructor(limit: number, emit: (line: OutputLine) => void) {
    this.#limit = limit;
    this.#emit = emit;
  }

  /** Takes the next bytes. They are copied where a line is not complete yet, so the buffer may be used again. */
  write(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.#add(chunk.subarray(start, end));
      this.#finish();
      start = end + 1;
    }
    if (start < chunk.length) this.#add(chunk.slice(start));
  }

  /** Emits the last line if it has no end. */
  end(): void {
    if (this.#bytes > 0) this.#finish();
  }

  #add(piece: Uint8Array): void {
    const kept = piece.subarray(0, this.#limit - this.#kept);
    if (kept.length > 0) this.#pieces.push(kept);
    this.#kept += kept.length;
    this.#bytes += piece.length;
  }

  #finish(): void {
    const line = this.#pieces.length === 1 ? this.#pieces[0] : join(this.#pieces, this.#kept);
    const text = this.#decoder.decode(line);
    this.#emit({ text: text.endsWith("\r") ? text.slice(0, -1) : text, bytes: this.#bytes });
    this.#pieces = [];
    this.#kept = 0;
    this.#bytes = 0;
  }
}

function join(pieces: Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

/**
 * The first and the last part of a log: what a program said of its input, and why it ended.
 *
 * @example
 * ```ts
 * import { LogTail } from "./output.ts";
 * import assert from "node:assert/strict";
 *
 * const tail = new LogTail(8);
 * for (const line of ["one", "two", "three"]) tail.add(line);
 * assert.equal(tail.toString(), "[log cut here: 8 characters]\nthree\n");
 * ```
 */
export class LogTail {
  readonly #limit: number;
  #headLeft: number;
  #head = "";
  #text = "";
  #dropped = 0;

  /**
   * Creates an empty log.
   *
   * @param limit Most characters that are kept.
   * @param headLimit How many of them are for the first lines.
   */
  constructor(limit: number, headLimit = 0) {
    this.#limit = limit - headLimit;
    this.#headLeft = headLimit;
  }

  /** Adds a line. */
  add(line: string): void {
    this.#headLeft -= line.length + 1;
    if (this.#headLeft >= 0) {
      this.#head += `${line}\n`;
      return;
    }
    this.#headLeft = -1;
    this.#text += `${line}\n`;
    // Twice the limit may stand in memory, so that not every line moves the whole text.
    if (this.#text.length > 2 * this.#limit) this.#cut();
  }

  /** Both parts, the last from the start of a line where possible, and a note between that says how much is missing. */
  toString(): string {
    this.#cut();
    const note = this.#dropped > 0 ? `[log cut here: ${this.#dropped} characters]\n` : "";
    return this.#head + note + this.#text;
  }

  #cut(): void {
    const excess = this.#text.length - this.#limit;
    if (excess <= 0) return;
    const lineStart = this.#text.indexOf("\n", excess - 1) + 1;
    const start = lineStart > 0 && lineStart < this.#text.length ? lineStart : excess;
    this.#dropped += start;
    this.#text = this.#text.slice(start).toWellFormed();
  }
}
