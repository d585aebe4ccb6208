/**
 * Whether program and schema go together. The rule is in the database: `absurd.handshake()`.
 *
 * @module
 */

import type { DatabaseCalls } from "./database.ts";
import { SchemaError } from "./errors.ts";
import { SCHEMA_VERSION } from "./version.ts";

/**
 * Asks the database whether this program may work with its schema.
 *
 * @throws SchemaError when there is no schema, when it is older than this program needs, or too new for it.
 */
export async function shakeHands(database: DatabaseCalls, signal?: AbortSignal): Promise<void> {
  await database.call("handshake", { client_version: SCHEMA_VERSION }, { retry: true, signal });
}

/** True when the database says that program and schema do not go together, whatever the program tries. */
export function isRefusal(error: unknown): error is SchemaError {
  return error instanceof SchemaError && error.sqlState === "TQ007";
}
