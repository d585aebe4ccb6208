/**
 * A server for one benchmark, in a folder that is gone afterwards.
 *
 * @module
 */

import { startPostgres, stopPostgres } from "../../lib/postgres/mod.ts";
import { type Database, openDatabase } from "../../lib/database.ts";

/** Runs `use` on a server of its own, which keeps commits like any other, and whose checkpoints are far apart. */
export async function withServer<T>(use: (server: Database, url: string) => Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir({ prefix: "absurd-bench-" });
  await Deno.chmod(directory, 0o755);
  try {
    const { url } = await startPostgres(`${directory}/postgres`);
    await using server = openDatabase({ url, maxConnections: 8 });
    await server.query("alter system set max_wal_size = '4GB'");
    await server.query("select pg_reload_conf()");
    return await use(server, url);
  } finally {
    await stopPostgres(`${directory}/postgres`);
    await Deno.remove(directory, { recursive: true });
  }
}
