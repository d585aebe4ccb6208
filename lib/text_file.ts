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
  const bytes = await Deno.readFile(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new TypeError(describePlace(bytes));
  }
}

/** What comes back otherwise than it was is where the text is broken. */
function describePlace(bytes: Uint8Array): string {
  const back = new TextEncoder().encode(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  const found = bytes.findIndex((byte, index) => byte !== back[index]);
  const at = found < 0 ? bytes.length - 1 : found;
  const line = bytes.subarray(0, at).reduce((count, byte) => count + (byte === 10 ? 1 : 0), 1);
  return `line ${line} is no UTF-8, at byte ${at + 1} of the file`;
}
