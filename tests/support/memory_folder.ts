/**
 * Where files live in memory. A test's database is some hundred files that are made and removed again, and on a disk
 * that takes several times as long as all else that the server does for the test.
 *
 * @module
 */

import { statfs } from "node:fs/promises";

/** Names the folder of a run of all tests, to its tests. */
export const MEMORY_FOLDER_VARIABLE = "ABSURD_TEST_MEMORY";
const FOLDER = "/dev/shm";
/** The server's log of writes alone may come to one. */
const LEAST_FREE_BYTES = 4 * 1024 ** 3;

/**
 * A folder in memory for a server of tests. Stages cannot be given one: for Deno all of /dev is a matter of devices, and
 * no permission of files opens it.
 *
 * @returns Undefined where there is none, where it is small or programs may not be started in it, as in most
 *   containers, and when TMPDIR names another place.
 */
export async function memoryFolder(): Promise<string | undefined> {
  const named = Deno.env.get(MEMORY_FOLDER_VARIABLE);
  if (named) return named;
  if (Deno.env.get("TMPDIR")) return undefined;
  const mounts = await Deno.readTextFile("/proc/mounts").catch(() => "");
  const [, type, flags] = mounts.match(/^\S+ \/dev\/shm (\S+) (\S+) /m) ?? [];
  if (type !== "tmpfs" || flags.split(",").includes("noexec")) return undefined;
  const { bavail, bsize } = await statfs(FOLDER);
  return bavail * bsize < LEAST_FREE_BYTES ? undefined : FOLDER;
}
