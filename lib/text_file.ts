/**
 * Text files of users.
 *
 * @module
 */

/**
 * Reads a file of text in UTF-8. The mark that some editors put before the text (a BOM) is left out.
 *
 * @throws TypeError naming the place of the first byte that is no UTF-8, which would else become another character.
 * @throws Deno.errors.NotFound, and what else reading throws.
 */
export async function readUtf8File(path: string): Promise<string> {
  return decodeUtf8(await Deno.readFile(path), "the file");
}

/**
 * Text in UTF-8, without the mark that some editors put before it (a BOM).
 *
 * @param whole Names all of it in the error: `the file`.
 * @throws TypeError naming the place of the first byte that is no UTF-8, which would else become another character.
 */
export function decodeUtf8(bytes: Uint8Array, whole: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new TypeError(describePlace(bytes, whole));
  }
}

/** What comes back otherwise than it was is where the text is broken. */
function describePlace(bytes: Uint8Array, whole: string): string {
  const back = new TextEncoder().encode(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  const found = bytes.findIndex((byte, index) => byte !== back[index]);
  const at = found < 0 ? bytes.length - 1 : found;
  const line = bytes.subarray(0, at).reduce((count, byte) => count + (byte === 10 ? 1 : 0), 1);
  return `line ${line} is no UTF-8, at byte ${at + 1} of ${whole}`;
}
