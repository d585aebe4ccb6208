/**
 * What the server's log says about a failed start.
 *
 * @module
 */

/** Size of the log in bytes, 0 when there is none. */
export async function sizeOf(log: string): Promise<number> {
  return (await Deno.stat(log).catch(() => null))?.size ?? 0;
}

/** The errors, without their time stamps, that were written to the log after its first `size` bytes. */
export async function errorsSince(log: string, size: number): Promise<string> {
  const bytes = await Deno.readFile(log);
  const added = new TextDecoder().decode(bytes.subarray(size <= bytes.length ? size : 0)).trim().split("\n");
  // "could not bind" and its like are of level LOG; the FATAL that follows only sums up.
  const errors = added.filter((line) => /(FATAL|PANIC|ERROR): |could not/.test(line));
  return (errors.length > 0 ? errors : added.slice(-3))
    .map((line) => line.replace(/^.*?(LOG|FATAL|PANIC|ERROR): +/, ""))
    .join("; ");
}
