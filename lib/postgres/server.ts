/**
 * A running server, as callers see it.
 *
 * @module
 */

import { EmbeddedPostgresError } from "../errors.ts";
import { DATABASE_NAME } from "./cluster.ts";
import type { RunningServer } from "./control.ts";
import { readPassword, type ServerFolder } from "./folder.ts";

/** A server that takes connections. */
export interface PostgresServer {
  /** Absolute path of its folder. */
  readonly directory: string;
  /** Where to connect to, password included. */
  readonly url: string;
  /** Number of its first process. */
  readonly pid: number;
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** True when this call started it, false when it ran already. */
  readonly started: boolean;
}

/**
 * Describes a server that was running before.
 *
 * @throws {EmbeddedPostgresError} When the caller named another port than the server's, or may not read the password.
 */
export async function describeServer(
  folder: ServerFolder,
  { pid, port }: RunningServer,
  namedPort: number = port,
): Promise<PostgresServer> {
  if (namedPort !== port) {
    throw new EmbeddedPostgresError(`PostgreSQL in ${folder.root} runs on port ${port}, not ${namedPort}`, {
      hint: "Stop it first, or leave the port out",
    });
  }
  const password = await readPassword(folder);
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/${DATABASE_NAME}`;
  return { directory: folder.root, url, pid, port, started: false };
}
