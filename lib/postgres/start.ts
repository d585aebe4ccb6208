/**
 * Start or join the server of a folder.
 *
 * @module
 */

import { EmbeddedPostgresError } from "../errors.ts";
import { requireReachable, serverAccount } from "./account.ts";
import { type Binaries, installBinaries, SERVER_VERSION } from "./binaries.ts";
import { ensureCluster } from "./cluster.ts";
import {
  clearRemains,
  findServer,
  type LaunchOptions,
  launchServer,
  type RunningServer,
  signalServer,
  waitUntilGone,
  waitUntilReady,
} from "./control.ts";
import { claimFolder, inFolder, readState, type ServerFolder, writeState } from "./folder.ts";
import { lockFolder } from "./lock.ts";
import { errorsSince, sizeOf } from "./log.ts";
import { pickPort } from "./port.ts";
import { describeServer, type PostgresServer } from "./server.ts";

/** How {@linkcode startPostgres} starts a server. */
export interface StartPostgresOptions {
  /**
   * TCP port on 127.0.0.1.
   *
   * @default {the one used last in this folder if it is free, else any free one}
   */
  port?: number;
  /** Ends the wait for the server; one that this call launched is stopped. */
  signal?: AbortSignal;
  /**
   * Whether commits survive a power cut. Without, making and using the database is faster, and its files are worth
   * nothing after a crash of the machine: for tests.
   *
   * @default {true}
   */
  durable?: boolean;
}

/** Time in which a server that is stopping must be gone. */
const STOPPING_TIMEOUT_SEC = 30;
/** Tries to find a port that nobody takes between our look and the server's. */
const PORT_TRIES = 3;

/**
 * Starts the PostgreSQL server of `directory`, or joins it when it runs. It goes on after this process has ended,
 * until {@linkcode stopPostgres}, and several processes may call this at once.
 *
 * @param directory Folder of the server; made when it is missing.
 * @throws {EmbeddedPostgresError} When it cannot be started there; the message names the cause.
 * @throws {InvalidArgumentError} When the port is not a port number.
 *
 * @example
 * ```ts
 * import { startPostgres, stopPostgres } from "@dsa110/absurd/postgres";
 *
 * const directory = await Deno.makeTempDir();
 * const server = await startPostgres(directory);
 * console.log(`PostgreSQL runs on port ${server.port}`);
 * await stopPostgres(directory);
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export function startPostgres(
  directory: string,
  options: StartPostgresOptions = {},
): Promise<PostgresServer> {
  return inFolder(directory, async () => {
    const folder = await claimFolder(directory);
    const running = await findServer(folder);
    // The usual case needs no lock: join a server that is ready.
    if (running?.status === "ready") return await describeServer(folder, running, options.port);
    using _lock = await lockFolder(folder, options.signal);
    return await joinServer(folder, options) ?? await startServer(folder, options);
  });
}

/** Waits for a server that another process launched, or stops; `null` when none is left. */
async function joinServer(
  folder: ServerFolder,
  { port, signal }: StartPostgresOptions,
): Promise<PostgresServer | null> {
  const server = await findServer(folder);
  if (server === null) return null;
  if (server.status === "stopping") {
    if (await waitUntilGone(folder, server.pid, { timeoutSec: STOPPING_TIMEOUT_SEC, signal })) return null;
    const problem = `PostgreSQL in ${folder.root} has been stopping for ${STOPPING_TIMEOUT_SEC} s`;
    throw new EmbeddedPostgresError(problem, { hint: `See ${folder.log}, or run: kill -QUIT ${server.pid}` });
  }
  const ready = await waitUntilReady(folder, server.pid, signal);
  return ready === null ? null : await describeServer(folder, ready, port);
}

async function startServer(folder: ServerFolder, options: StartPostgresOptions): Promise<PostgresServer> {
  const { durable, signal } = options;
  const account = serverAccount();
  // First what fails at once: making a cluster takes a second.
  let port = pickPort({ named: options.port, last: (await readState(folder)).port });
  await requireReachable(folder.root, account);
  const binaries = await installBinaries(folder);
  await ensureCluster(folder, binaries, { account, durable });
  await clearRemains(folder, signal);
  for (let tries = 1;; tries++) {
    await writeState(folder, { port, version: SERVER_VERSION });
    const result = await launchAndWait(folder, binaries, { port, account, durable, signal });
    if (typeof result !== "string") return { ...await describeServer(folder, result), started: true };
    if (options.port === undefined && result.includes("could not bind") && tries < PORT_TRIES) {
      port = pickPort({});
      continue;
    }
    throw new EmbeddedPostgresError(`PostgreSQL ended while starting in ${folder.root}: ${result}`, {
      hint: `See ${folder.log}`,
    });
  }
}

/** Launches the server; returns what its log says when it ends instead of getting ready. */
async function launchAndWait(
  folder: ServerFolder,
  binaries: Binaries,
  { signal, ...options }: LaunchOptions & { signal?: AbortSignal },
): Promise<RunningServer | string> {
  const logSize = await sizeOf(folder.log);
  const pid = await launchServer(folder, binaries, options);
  try {
    return await waitUntilReady(folder, pid, signal) ?? await errorsSince(folder.log, logSize);
  } catch (error) {
    if (signal?.aborted) signalServer(pid, "SIGINT");
    throw error;
  }
}
