/**
 * Paths as users give them.
 *
 * @module
 */

import { resolve } from "node:path";

/**
 * The folder that the user stands in: under `deno task` the working folder is the checkout, and the user's own is in
 * INIT_CWD.
 *
 * @param env Environment variables.
 */
export function userDirectory(env: Readonly<Record<string, string | undefined>>): string {
  return env.INIT_CWD ? resolve(env.INIT_CWD) : Deno.cwd();
}

/**
 * A path as absolute one.
 *
 * @param path As given in a flag or a variable.
 * @param directory Where relative paths start, see {@linkcode userDirectory}.
 */
export function resolveUserPath(path: string, directory: string): string {
  return resolve(directory, path);
}
