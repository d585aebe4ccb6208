/**
 * Stop the server of a folder.
 *
 * @module
 */

import { EmbeddedPostgresError } from "../errors.ts";
import { findServer, signalServer, waitUntilGone } from "./control.ts";
import { findFolder, inFolder } from "./folder.ts";
import { lockFolder } from "./lock.ts";

/** A fast shutdown breaks off transactions and writes one checkpoint. */
const FAST_TIMEOUT_SEC = 30;
/** An immediate shutdown only ends processes; the next start recovers. */
const IMMEDIATE_TIMEOUT_SEC = 10;

/**
 * Stops the server of `directory`; running transactions are rolled back.
 *
 * @returns False when no server was running there.
 * @throws {EmbeddedPostgresError} When it does not stop within 40 seconds, or is somebody else's.
 */
export function stopPostgres(directory: string): Promise<boolean> {
  return inFolder(directory, async () => {
    const folder = await findFolder(directory);
    if (folder === null) return false;
    using _lock = await lockFolder(folder);
    const server = await findServer(folder);
    if (server === null) return false;
    signalServer(server.pid, "SIGINT");
    if (await waitUntilGone(folder, server.pid, { timeoutSec: FAST_TIMEOUT_SEC })) return true;
    signalServer(server.pid, "SIGQUIT");
    if (await waitUntilGone(folder, server.pid, { timeoutSec: IMMEDIATE_TIMEOUT_SEC })) return true;
    throw new EmbeddedPostgresError(`PostgreSQL in ${folder.root} does not stop: process ${server.pid}`, {
      hint: `See ${folder.log}`,
    });
  });
}
