/**
 * A running server: find it, launch it, wait for it, stop it.
 *
 * @module
 */

import { join } from "node:path";
import { EmbeddedPostgresError } from "../errors.ts";
import { type Account, runProgram } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import type { ServerFolder } from "./folder.ts";
import { allowHugePages } from "./huge_pages.ts";
import { poll } from "./poll.ts";
import { isServerProcess, processExists, serverProcesses } from "./processes.ts";
import { serverSettings } from "./settings.ts";

/** What the server writes into its pid file about itself. */
export interface RunningServer {
  /** Number of its first process. */
  readonly pid: number;
  /** Start of that process. */
  readonly startedAt: Date;
  /** TCP port. */
  readonly port: number;
  /** What it does; `ready` means that it takes connections. */
  readonly status: "starting" | "ready" | "stopping";
}

/** How a server is launched. */
export interface LaunchOptions {
  /** TCP port, free a moment ago. */
  port: number;
  /** User that the server runs as, when it is not who we are. */
  account?: Account;
  /** Whether commits are flushed to the disk. @default {true} */
  durable?: boolean;
}

/** Time that a server may take to start; after a crash it first reads its log again, which can take a while. */
const START_TIMEOUT_SEC = 60;
/** Time in which the children of a killed server end by themselves. */
const ORPHAN_TIMEOUT_SEC = 20;
/** Size at which the log is put aside at the next start, in bytes. */
const LOG_LIMIT_BYTES = 10_000_000;

/** Finds the running server of `folder`; a pid file that another program's process is named in counts for nothing. */
export async function findServer({ data }: ServerFolder): Promise<RunningServer | null> {
  const server = await readPidFile(data);
  return server !== null && await isServerProcess(server.pid, data) ? server : null;
}

/** Launches the server in a session of its own, where it outlives us, and returns the number of its process. */
export async function launchServer(
  folder: ServerFolder,
  { postgres }: Binaries,
  { port, account, durable = true }: LaunchOptions,
): Promise<number> {
  await prepareLog(folder, account);
  const { total: memoryBytes } = Deno.systemMemoryInfo();
  const settings = serverSettings({ port, durable, memoryBytes });
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = [postgres, "-D", folder.data, ...flags];
  if (durable && account !== undefined) {
    await allowHugePages({ command: server, directory: folder.root, account });
  }
  // The shell leaves at once, and with it the last tie between the server and this process.
  const script = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!';
  const launcher = ["/bin/sh", "-c", script, "sh", folder.log];
  const { code, stdout, stderr } = await runProgram([...launcher, ...server], folder.root, { account });
  if (code !== 0) throw new EmbeddedPostgresError(`PostgreSQL cannot be launched: ${stderr.trim()}`);
  return Number(stdout);
}

/**
 * Waits until the server with process `pid` takes connections.
 *
 * @returns The server, or `null` when it ended instead.
 * @throws {EmbeddedPostgresError} When it takes longer than a minute; it is left to itself.
 */
export async function waitUntilReady(
  folder: ServerFolder,
  pid: number,
  signal?: AbortSignal,
): Promise<RunningServer | null> {
  const ready = await poll(async () => {
    const server = await readPidFile(folder.data);
    if (server?.pid === pid && server.status === "ready") return server;
    return await processExists(pid) ? undefined : null;
  }, { timeoutMs: START_TIMEOUT_SEC * 1000, signal });
  if (ready !== undefined) return ready;
  throw new EmbeddedPostgresError(
    `PostgreSQL in ${folder.root} is still starting after ${START_TIMEOUT_SEC} s`,
    { hint: `It goes on by itself; follow ${folder.log}, and try again` },
  );
}

/**
 * Asks a server to stop: `SIGINT` for a fast shutdown, `SIGQUIT` for an immediate one.
 *
 * @throws {Deno.errors.PermissionDenied} When it is another user's.
 */
export function signalServer(pid: number, signal: "SIGINT" | "SIGQUIT"): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Waits until a server is gone; `false` when it still runs after `timeoutSec` seconds. */
export async function waitUntilGone(
  { data }: ServerFolder,
  pid: number,
  { timeoutSec, signal }: { timeoutSec: number; signal?: AbortSignal },
): Promise<boolean> {
  const gone = await poll(async () => await isServerProcess(pid, data) ? undefined : true, {
    timeoutMs: timeoutSec * 1000,
    signal,
  });
  return gone === true;
}

/**
 * Clears what a server that was killed left behind: waits for its children, and removes its pid file. A new server
 * would do that itself, but refuses to when the number belongs to another program, or to a zombie.
 *
 * @throws {EmbeddedPostgresError} When children of a killed server do not end.
 */
export async function clearRemains({ data }: ServerFolder, signal?: AbortSignal): Promise<void> {
  const clear = await poll(async () => (await serverProcesses(data)).length === 0 || undefined, {
    timeoutMs: ORPHAN_TIMEOUT_SEC * 1000,
    signal,
  });
  if (!clear) {
    const pids = (await serverProcesses(data)).join(" ");
    throw new EmbeddedPostgresError(
      `Processes of a PostgreSQL server that was killed are still at work in ${data}: ${pids}`,
      { hint: `Start again after: kill -QUIT ${pids}` },
    );
  }
  if (await readPidFile(data) !== null) await Deno.remove(join(data, "postmaster.pid"));
}

async function readPidFile(data: string): Promise<RunningServer | null> {
  try {
    const lines = (await Deno.readTextFile(join(data, "postmaster.pid"))).split("\n");
    const [pid, , startedAt, port, , , , status = ""] = lines.map((line) => line.trim());
    if (!/^\d+$/.test(pid)) return null;
    return {
      pid: Number(pid),
      startedAt: new Date(Number(startedAt) * 1000),
      port: Number(port),
      status: status === "ready" || status === "stopping" ? status : "starting",
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function prepareLog({ log }: ServerFolder, account: Account | undefined): Promise<void> {
  const info = await Deno.stat(log).catch(() => null);
  if (info !== null && info.size > LOG_LIMIT_BYTES) await Deno.rename(log, `${log}.1`);
  await Deno.writeFile(log, new Uint8Array(), { append: true, mode: 0o600 });
  if (account !== undefined) await Deno.chown(log, account.uid, account.gid);
}
