/**
 * Whether products can be stored. A worker whose disk is full, or whose work folder is of no use, would make every
 * task of the queue fail, one after the other, until all are dead letters.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { formatBytes } from "../size.ts";
import { makeRoot } from "./work_dir.ts";

/**
 * Says why nothing should be run at the moment, or null.
 *
 * @param workDir Folder for the work folders of all tasks; made when missing.
 * @param minFreeBytes What must be free on its file system.
 * @example
 * ```ts
 * import { findObstacle } from "./obstacle.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(await findObstacle("/tmp", 0), null);
 * assert.match((await findObstacle("/tmp", 1e18))!, /less than the 1000000 TB/);
 * ```
 */
export async function findObstacle(workDir: string, minFreeBytes: number): Promise<string | null> {
  try {
    await makeRoot(workDir);
    await tryFolder(workDir);
  } catch (error) {
    const { message } = error as Error;
    return `Work folder "${workDir}" cannot be used: ${message}: no tasks are claimed until it can`;
  }
  const space = await statfs(workDir).catch(() => null); // not every file system tells
  if (space === null) return null;
  const freeBytes = space.bavail * space.bsize; // what is free for others than root
  if (freeBytes >= minFreeBytes) return null;
  return `Work folder "${workDir}" has ${formatBytes(freeBytes)} free, less than the ${
    formatBytes(minFreeBytes)
  } ` +
    "of ABSURD_MIN_FREE: no tasks are claimed until there is room";
}

/** Modes do not tell of a file system that is mounted read-only, or whose writes fail. */
async function tryFolder(workDir: string): Promise<void> {
  await Deno.remove(await Deno.makeTempFile({ dir: workDir, prefix: ".absurd-" }));
}

const LOOK_INTERVAL_MS = 1000;

/** Like {@linkcode findObstacle}, to be asked before each claim: looks once a second. */
export function watchObstacle(workDir: string, minFreeBytes: number): () => Promise<string | null> {
  let lookedMs = -Infinity;
  let obstacle: Promise<string | null>;
  return () => {
    if (performance.now() - lookedMs > LOOK_INTERVAL_MS) {
      lookedMs = performance.now();
      obstacle = findObstacle(workDir, minFreeBytes);
    }
    return obstacle;
  };
}
