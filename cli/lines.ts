/**
 * Text line by line, however long it is.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** A line of a file. */
export interface NumberedLine {
  /** From 1. */
  readonly number: number;
  /** Without its end; only the beginning when it is longer than allowed. */
  readonly text: string;
  /** Whether it is longer than allowed. */
  readonly tooLong: boolean;
  /** Whether it is UTF-8 as it stands; else some characters are replaced. */
  readonly isUtf8: boolean;
}

const LINE_END = 10;
/** Characters that are kept of a line that is too long. */
const KEPT = 100;

/**
 * Reads lines that are not blank, and keeps no more than one in memory. The mark of an encoding (a BOM) is left out.
 *
 * @param pieces UTF-8.
 * @param maxBytes How long a line may be.
 */
export async function* readLines(
  pieces: AsyncIterable<Uint8Array>,
  maxBytes = 8_000_000,
): AsyncGenerator<NumberedLine> {
  let [number, length, parts]: [number, number, Uint8Array[]] = [1, 0, []];
  const add = (part: Uint8Array) => {
    if (length <= maxBytes) parts.push(part);
    length += part.length;
  };
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(LINE_END); end >= 0; end = piece.indexOf(LINE_END, start)) {
      add(piece.subarray(start, end));
      const line = { number, ...readLine(parts, length > maxBytes) };
      if (line.text.trim() !== "") yield line;
      [number, length, parts, start] = [number + 1, 0, [], end + 1];
    }
    add(piece.subarray(start));
  }
  const line = { number, ...readLine(parts, length > maxBytes) };
  if (line.text.trim() !== "") yield line;
}

const DECODER = new TextDecoder();
const STRICT_DECODER = new TextDecoder("utf-8", { fatal: true });

function readLine(parts: readonly Uint8Array[], tooLong: boolean): Omit<NumberedLine, "number"> {
  const bytes = parts.length === 1 ? parts[0] : Buffer.concat(parts);
  if (tooLong) return { text: DECODER.decode(bytes).slice(0, KEPT), tooLong, isUtf8: true };
  try {
    return { text: STRICT_DECODER.decode(bytes), tooLong, isUtf8: true };
  } catch {
    return { text: DECODER.decode(bytes), tooLong, isUtf8: false };
  }
}
