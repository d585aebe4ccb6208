/**
 * Look at the server of a folder.
 *
 * @module
 */

import { resolve } from "node:path";
import { findServer, type RunningServer } from "./control.ts";
import { findFolder, inFolder, readState, type ServerFolder } from "./folder.ts";
import { describeServer } from "./server.ts";

/** What {@linkcode postgresStatus} finds. */
export interface PostgresStatus {
  /** Whether a server runs in the folder. */
  readonly running: boolean;
  /** Absolute path of the folder. */
  readonly directory: string;
  /** Number of the server's first process. */
  readonly pid?: number;
  /** TCP port on 127.0.0.1. */
  readonly port?: number;
  /** Version of the server, such as `18.4`. */
  readonly version?: string;
  /** When the server was started. */
  readonly startedAt?: Date;
}

/**
 * Tells whether a server runs in `directory`, and which.
 *
 * @throws {EmbeddedPostgresError} When the folder is somebody else's, or holds other things.
 */
export async function postgresStatus(directory: string): Promise<PostgresStatus> {
  const found = await findRunning(directory);
  if (found === null) return { running: false, directory: resolve(directory) };
  const { folder, server: { pid, port, startedAt } } = found;
  const { version } = await readState(folder);
  return { running: true, directory: folder.root, pid, port, version, startedAt };
}

/**
 * Returns where to connect to, password included, or `null` when no server runs in `directory`.
 *
 * @throws {EmbeddedPostgresError} When the folder is somebody else's, or holds other things.
 */
export async function postgresUrl(directory: string): Promise<string | null> {
  const found = await findRunning(directory);
  return found === null ? null : (await describeServer(found.folder, found.server)).url;
}

function findRunning(directory: string): Promise<{ folder: ServerFolder; server: RunningServer } | null> {
  return inFolder(directory, async () => {
    const folder = await findFolder(directory);
    const server = folder === null ? null : await findServer(folder);
    return folder === null || server === null ? null : { folder, server };
  });
}
