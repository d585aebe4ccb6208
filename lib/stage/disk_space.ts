/**
 * Whether there is room for products. A worker whose disk is full would make every task of the queue fail, one after
 * the other, until all are dead letters.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { formatBytes } from "../size.ts";

/**
 * Says why nothing should be run at the moment, or null.
 *
 * @param workDir Folder for the work folders of all tasks; there is nothing to say of one that does not exist yet.
 * @param minFreeBytes What must be free on its file system.
 * @example
 * ```ts
 * import { lackOfSpace } from "./disk_space.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(await lackOfSpace("/tmp", 0), null);
 * assert.match((await lackOfSpace("/tmp", 1e18))!, /less than the 1000000 TB/);
 * ```
 */
export async function lackOfSpace(workDir: string, minFreeBytes: number): Promise<string | null> {
  const space = await statfs(workDir).catch(() => null);
  if (space === null) return null;
  const freeBytes = space.bavail * space.bsize; // what is free for others than root
  if (freeBytes >= minFreeBytes) return null;
  return `Work folder "${workDir}" has ${formatBytes(freeBytes)} free, less than the ${
    formatBytes(minFreeBytes)
  } ` +
    "of ABSURD_MIN_FREE: no tasks are claimed until there is room";
}
