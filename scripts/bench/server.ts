/**
 * A server for one benchmark, in a folder that is gone afterwards.
 *
 * @module
 */

import { startPostgres, stopPostgres } from "../../lib/postgres/mod.ts";
import { type Database, openDatabase } from "../../lib/database.ts";

/** Files of the server's log that lie ready, of 16 MB each. */
const WAL_FILES = 64;

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
  await server.query(`alter system set min_wal_size = '${WAL_FILES * 16}MB'`);
  await server.query("select pg_reload_conf()");
  await provideWal(server);
  return await use(server, url);
}

/**
 * A server that has run for a while writes its log into old files of it. A new one makes each file, for which all wait:
 * a twentieth of a second for every 16 MB, whoever wrote them.
 */
async function provideWal(server: Database): Promise<void> {
  for (let file = 0; file < WAL_FILES; file++) {
    await server.query("select pg_logical_emit_message(true, 'bench', '')");
    await server.query("select pg_switch_wal()");
  }
  await server.query("checkpoint");
}
