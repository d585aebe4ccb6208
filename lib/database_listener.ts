/**
 * A connection that listens to notifications and rebuilds itself when it breaks.
 *
 * @module
 */

import { abortable, backoffMs, pause } from "./backoff.ts";
import { PoolerError } from "./database_errors.ts";

const RECONNECT = { baseMs: 100, capMs: 5_000 };

/** A connection whose network is gone tells nobody: ask it from time to time. */
const PROBE_INTERVAL_MS = 30_000;
const PROBE_TIMEOUT_MS = 10_000;
/** Nobody waits longer for the other side to end a connection, too. */
const END_TIMEOUT_MS = 1_000;

/** What a listener does with what it hears. */
export interface ListenHandlers {
  /** A notification came. */
  notify(channel: string, payload: string): void;
  /** The connection listens, for the first time or again: what came meanwhile was missed, so look. */
  connected?(): void;
  /** The connection broke; it is being rebuilt. */
  disconnected?(error: Error): void;
}

/** The part of the driver's connection that a listener needs. */
export interface ListenConnection {
  /** Logs in. */
  connect(): Promise<unknown>;
  /** Number of the server's process, as told at the login. */
  readonly pid: number;
  /** Sends a statement. */
  query(text: string): Promise<{ rows: { pid: number }[] }>;
  /** Logs out. */
  end(): Promise<void>;
  /** Cuts the connection. */
  destroy(error: Error): void;
  /** Lets the next connection try another host, where there are several. */
  giveUp(): void;
  /** Subscribes to notifications, and to the end of the connection. */
  subscribe(handlers: { notify(channel: string, payload: string): void; broken(error: Error): void }): void;
}

/** Listens until it is disposed of. */
export class Listener implements AsyncDisposable {
  readonly #connectTo: () => ListenConnection;
  readonly #statement: string;
  readonly #handlers: ListenHandlers;
  readonly #stop = new AbortController();
  #connection?: ListenConnection;
  #rebuilding: Promise<void> = Promise.resolve();

  /**
   * @param connectTo Makes a connection that is not open yet.
   * @param channels Channels to listen to; plain SQL names.
   */
  constructor(connectTo: () => ListenConnection, channels: readonly string[], handlers: ListenHandlers) {
    this.#connectTo = connectTo;
    this.#statement = channels.map((channel) => `listen "${channel.replaceAll('"', '""')}"`).join("; ");
    this.#handlers = handlers;
  }

  /** Connects for the first time; rejects with the driver's error when that fails. */
  async start(): Promise<void> {
    await this.#connect(this.#connectTo());
    this.#handlers.connected?.();
  }

  async #connect(connection: ListenConnection): Promise<void> {
    const { promise: broken, reject: breakOff } = Promise.withResolvers<never>();
    broken.catch(() => {}); // told to whoever waits below, or to nobody
    connection.subscribe({
      notify: (channel, payload) => this.#handlers.notify(channel, payload),
      broken: (error) => {
        breakOff(error);
        this.#lost(connection, error);
      },
    });
    try {
      await abortable(connection.connect(), this.#stop.signal);
      const listening = Promise.race([this.#listen(connection), broken]);
      await abortable(cuttingAfter(PROBE_TIMEOUT_MS, connection, listening), this.#stop.signal);
    } catch (error) {
      connection.destroy(error as Error);
      throw error;
    }
    this.#connection = connection;
    this.#probe(connection);
  }

  async #listen(connection: ListenConnection): Promise<void> {
    await assertDirect(connection);
    await connection.query(this.#statement);
  }

  #lost(connection: ListenConnection, error: Error): void {
    if (connection !== this.#connection) return; // not in use yet, or given up already
    this.#connection = undefined;
    if (this.#stop.signal.aborted) return;
    this.#handlers.disconnected?.(error);
    this.#rebuilding = this.#rebuild();
  }

  async #rebuild(): Promise<void> {
    for (let tries = 1; await pause(backoffMs(tries, RECONNECT), this.#stop.signal); tries++) {
      const connection = this.#connectTo();
      try {
        await this.#connect(connection);
      } catch {
        connection.giveUp();
        continue;
      }
      return this.#handlers.connected?.();
    }
  }

  async #probe(connection: ListenConnection): Promise<void> {
    while (await pause(PROBE_INTERVAL_MS, this.#stop.signal)) {
      if (connection !== this.#connection) return;
      const probing = cuttingAfter(PROBE_TIMEOUT_MS, connection, connection.query("select 1"));
      await probing.catch((error) => this.#lost(connection, error));
    }
  }

  /** Stops listening and closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#rebuilding;
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection) await cuttingAfter(END_TIMEOUT_MS, connection, connection.end());
  }
}

/** Waits for what a connection does, and cuts it when that takes too long. */
async function cuttingAfter(
  durationMs: number,
  connection: ListenConnection,
  doing: Promise<unknown>,
): Promise<void> {
  const late = setTimeout(() => connection.destroy(new Error("The connection does not answer")), durationMs);
  try {
    await doing;
  } finally {
    clearTimeout(late);
  }
}

/**
 * A pooler answers `listen`, and then hands the server's connection to somebody else: what it hears is lost, silently.
 * It gives itself away by the process number that it makes up for the login.
 */
async function assertDirect(connection: ListenConnection): Promise<void> {
  const { rows: [{ pid }] } = await connection.query("select pg_backend_pid() as pid");
  if (pid !== connection.pid) throw new PoolerError();
}
