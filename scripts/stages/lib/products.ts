/**
 * Writing what a stage makes: whole or not at all.
 *
 * Everything is written under a temporary name in the same folder, flushed to disk, and renamed. A reader therefore
 * never sees half a product, whenever the process is killed.
 *
 * @module
 */

import { NotNow } from "@dsa110/absurd/stage";

const ENCODER = new TextEncoder();

/**
 * Writes a file whole or not at all.
 *
 * @param path Where it shall stand. An existing file is replaced.
 * @param content Bytes, or text in UTF-8.
 * @throws {NotNow} when the disk is full.
 */
export function writeProduct(path: string, content: Uint8Array | string): void {
  const partial = `${path}.partial`;
  whenDiskFull(() => {
    using file = Deno.openSync(partial, { write: true, create: true, truncate: true });
    writeAll(file, typeof content === "string" ? ENCODER.encode(content) : content);
    file.syncSync();
  }, path);
  Deno.renameSync(partial, path);
}

/**
 * Makes a folder whole or not at all.
 *
 * @param path Where it shall stand. What a previous run left there is removed.
 * @param fill Writes the folder's files into the temporary folder that it is given.
 * @throws {NotNow} when the disk is full.
 */
export function writeProductFolder<T>(path: string, fill: (folder: string) => T): T {
  const partial = `${path}.partial`;
  removeIfExists(partial);
  Deno.mkdirSync(partial, { recursive: true });
  const result = whenDiskFull(() => fill(partial), path);
  removeIfExists(path);
  Deno.renameSync(partial, path);
  return result;
}

/** Writes all bytes: a single write may stop short. */
export function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}

function removeIfExists(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function whenDiskFull<T>(write: () => T, path: string): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT")) {
      throw new NotNow(`No space is left for ${path}: free some, the task is tried again`, { cause: error });
    }
    throw error;
  }
}
