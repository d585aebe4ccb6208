/**
 * A server for one benchmark, in a folder that is gone afterwards.
 *
 * @module
 */

import { startPostgres, stopPostgres } from "../../lib/postgres/mod.ts";
import { type Database, openDatabase } from "../../lib/database.ts";

/**
 * Runs `use` on a server of its own, which keeps commits like any other, and whose checkpoints are far apart. The server
 * is stopped also when the program is told to end.
 */
export async function withServer<T>(use: (server: Database, url: string) => Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir({ prefix: "absurd-bench-" });
  await Deno.chmod(directory, 0o755);
  const interrupted = Promise.withResolvers<never>();
  const interrupt = () => interrupted.reject(new Error("Interrupted"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, interrupt);
  try {
    return await Promise.race([onServer(directory, use), interrupted.promise]);
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(signal, interrupt);
    await stopPostgres(`${directory}/postgres`);
    await Deno.remove(directory, { recursive: true });
  }
}

/** Makes a database on the server of `serverUrl`; returns its URL. */
export async function createDatabase(
  server: Database,
  serverUrl: string,
  name: string,
  template = "template0",
): Promise<string> {
  await server.query(`create database ${name} template ${template}`);
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
}

async function onServer<T>(
  directory: string,
  use: (server: Database, url: string) => Promise<T>,
): Promise<T> {
  const { url } = await startPostgres(`${directory}/postgres`);
  await using server = openDatabase({ url, maxConnections: 8 });
  await server.query("alter system set max_wal_size = '4GB'");
  await server.query("select pg_reload_conf()");
  return await use(server, url);
}
