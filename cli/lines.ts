/**
 * Text line by line, however long it is.
 *
 * @module
 */

/** A line of a file. */
export interface NumberedLine {
  /** From 1. */
  readonly number: number;
  /** Without its end; only the beginning when it is longer than allowed. */
  readonly text: string;
  /** Whether it is longer than allowed. */
  readonly tooLong: boolean;
}

/**
 * Reads lines that are not blank, and keeps no more than one in memory.
 *
 * @param pieces UTF-8.
 * @param maxLength Characters that are kept of a line.
 */
export async function* readLines(
  pieces: AsyncIterable<Uint8Array>,
  maxLength = 8_000_000,
): AsyncGenerator<NumberedLine> {
  const decoder = new TextDecoder();
  let [number, text, tooLong] = [1, "", false];
  const add = (more: string) => {
    tooLong ||= text.length + more.length > maxLength;
    text = tooLong ? (text + more).slice(0, 100) : text + more;
  };
  for await (const piece of pieces) {
    const [first, ...others] = decoder.decode(piece, { stream: true }).split("\n");
    add(first);
    for (const other of others) {
      if (text.trim() !== "") yield { number, text, tooLong };
      [number, text, tooLong] = [number + 1, "", false];
      add(other);
    }
  }
  if (text.trim() !== "") yield { number, text, tooLong };
}
