/**
 * Reading tasks from a stage's standard input.
 *
 * @module
 */

/** Reads tasks: one a line, or a single one over several lines. */
export class TaskReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";

  /** Reads from `reader`, from its beginning. */
  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader;
  }

  /** The next document; undefined when it is no JSON. */
  async next(): Promise<unknown> {
    let end = this.#text.indexOf("\n");
    while (end < 0 && await this.#read()) end = this.#text.indexOf("\n");
    const line = end < 0 ? this.#text : this.#text.slice(0, end);
    const document = parseJson(line);
    if (document !== undefined) {
      this.#text = this.#text.slice(line.length + 1);
      return document;
    }
    while (await this.#read());
    const text = this.#text;
    this.#text = "";
    return parseJson(text);
  }

  /** Waits for more; false at the end of the input. */
  async hasMore(): Promise<boolean> {
    while (this.#text.trim() === "") if (!await this.#read()) return false;
    return true;
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#reader.read();
    if (value) this.#text += this.#decoder.decode(value, { stream: true });
    return !done;
  }
}

/** The value that a text stands for; undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
