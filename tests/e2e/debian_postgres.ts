/** A PostgreSQL server of Debian's, with the programs that the embedded one lacks: pg_dump, pg_restore. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { openDatabase } from "../../lib/database.ts";
import { eventually, killProcess } from "../support/process.ts";

const BIN = "/usr/lib/postgresql/15/bin";
/** Of the user nobody: the server refuses to run as root. */
const UNPRIVILEGED = 65534;

/** A running server. */
export interface DebianPostgres extends AsyncDisposable {
  /** URL of a database on it, as a superuser. */
  url(database: string): string;
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** Runs one of its client programs, which has to succeed. */
  run(program: string, ...args: string[]): Promise<void>;
}

/** Starts a server that keeps its files in `folder`: an empty one, or a standby of another. */
export async function startDebianPostgres(folder: string, primary?: DebianPostgres): Promise<DebianPostgres> {
  const [data, port] = [join(folder, "data"), freePort()];
  await Deno.mkdir(data, { recursive: true });
  await Deno.chmod(data, 0o700);
  const account = Deno.uid() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  if (Deno.uid() === 0) await Deno.chown(data, UNPRIVILEGED, UNPRIVILEGED);
  const run = async (program: string, ...args: string[]) => {
    const command = new Deno.Command(join(BIN, program), {
      args,
      cwd: folder,
      env: { LC_ALL: "C" },
      ...account,
    });
    const { success, stderr } = await command.output();
    assert.ok(success, `${program}: ${new TextDecoder().decode(stderr)}`);
  };
  if (primary) {
    const from = primary.url("postgres").replace(/postgres$/, "");
    await run("pg_basebackup", "--no-sync", "--checkpoint=fast", "-R", "-d", from, "-D", data);
  } else {
    await run("initdb", "--auth=trust", "--username=postgres", "--no-sync", "-D", data);
  }
  const server = new Deno.Command(join(BIN, "postgres"), {
    args: [
      "-D",
      data,
      "-p",
      `${port}`,
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "unix_socket_directories=",
      "-F",
    ],
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "null",
    ...account,
  }).spawn();
  const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  await eventually(async () => {
    await using database = openDatabase({ url: url("postgres"), maxConnections: 1, reconnectSec: 0 });
    return await database.query("select 1");
  }, { timeoutMs: 30_000 });
  return {
    url,
    port,
    run,
    async [Symbol.asyncDispose]() {
      killProcess(server.pid, "SIGINT");
      await server.status;
    },
  };
}

/** A port of 127.0.0.1 that nobody uses at the moment. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
