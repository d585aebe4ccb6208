/**
 * What the tests of the embedded server share.
 *
 * @module
 */

import { join } from "node:path";
import { openDatabase } from "../../../lib/database.ts";
import { type PostgresServer, startPostgres, stopPostgres } from "../../../lib/postgres/mod.ts";
import { memoryFolder } from "../../support/memory_folder.ts";
import { assertNoProcesses } from "../../support/process.ts";

/** Runs `test` with the path of a folder that does not exist yet; stops its server and removes it afterwards. */
export async function withServerFolder(test: (directory: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir({ dir: await memoryFolder(), prefix: "absurd-postgres-" });
  // The server's user must be able to pass.
  await Deno.chmod(parent, 0o755);
  const directory = join(parent, "server");
  try {
    await test(directory);
  } finally {
    await stopPostgres(directory).catch(() => false);
    await Deno.remove(parent, { recursive: true });
    await assertNoProcesses({ marker: parent });
  }
}

/** Starts a server whose data need not outlive a power cut. */
export function startQuick(directory: string, options: { port?: number } = {}): Promise<PostgresServer> {
  return startPostgres(directory, { ...options, durable: false });
}

/** Runs one statement on a connection of its own and returns the first column of the first row. */
export async function query(url: string, statement: string): Promise<unknown> {
  await using database = openDatabase({ url, maxConnections: 1 });
  const [row] = await database.query(statement);
  return row === undefined ? undefined : Object.values(row)[0];
}

/** Occupies a port of 127.0.0.1 until disposed. */
export function occupyPort(port: number = 0): Disposable & { readonly port: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  return { port: listener.addr.port, [Symbol.dispose]: () => listener.close() };
}
