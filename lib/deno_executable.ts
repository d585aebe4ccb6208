/**
 * The Deno that runs other modules.
 *
 * @module
 */

/** Path or name of Deno. A compiled file is not Deno, and needs one that is installed. */
export function denoExecutable(): string {
  return Deno.build.standalone ? "deno" : Deno.execPath();
}
