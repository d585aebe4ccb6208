/**
 * Whether program and schema go together. The rule is in the database: `absurd.handshake()`.
 *
 * @module
 */

import type { Database } from "./database.ts";
import { SCHEMA_VERSION } from "./version.ts";

/**
 * Asks the database whether this program may work with its schema.
 *
 * @throws SchemaError when there is no schema, when it is older than this program needs, or too new for it.
 */
export async function shakeHands(database: Database): Promise<void> {
  await database.call("handshake", { client_version: SCHEMA_VERSION }, { retry: true });
}
