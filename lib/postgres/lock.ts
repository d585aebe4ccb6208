/**
 * One process at a time starts or stops the server of a folder.
 *
 * @module
 */

import { EmbeddedPostgresError } from "../errors.ts";
import type { ServerFolder } from "./folder.ts";
import { poll } from "./poll.ts";

/** Longer than another process may take to recover a crashed cluster and start it. */
const LOCK_TIMEOUT_SEC = 120;

/**
 * Takes the folder's lock; disposing gives it back. The kernel holds it for the open file, so a process that
 * dies in any way leaves no stale lock behind.
 *
 * @throws {EmbeddedPostgresError} When another process keeps it for two minutes.
 */
export async function lockFolder(folder: ServerFolder, signal?: AbortSignal): Promise<Disposable> {
  const file = await Deno.open(folder.lock, { read: true, write: true });
  try {
    const locked = await poll(async () => await file.tryLock(true) || undefined, {
      timeoutMs: LOCK_TIMEOUT_SEC * 1000,
      signal,
    });
    if (!locked) {
      throw new EmbeddedPostgresError(
        `Another process has been starting or stopping PostgreSQL in ${folder.root} for ${LOCK_TIMEOUT_SEC} s`,
        { hint: `See ${folder.log}, and who holds ${folder.lock}` },
      );
    }
  } catch (error) {
    file.close();
    throw error;
  }
  return { [Symbol.dispose]: () => file.close() };
}
