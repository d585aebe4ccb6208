/**
 * The database, as everything else sees it: call a function, listen, and be told in plain words what went wrong. The
 * only file that imports the driver.
 *
 * What the driver leaves to its user is done here: error handlers on pool and connections (an unhandled one would end
 * the process), connections and listeners that come back after a restart, JSON sent as text, and errors by class.
 *
 * @module
 */

// @ts-types="@types/pg"
import pg from "pg";
import { abortable, backoffMs, sleep } from "./backoff.ts";
import {
  connectionError,
  type DatabaseTarget,
  isConflict,
  isUnsent,
  statementError,
} from "./database_errors.ts";
import { ClientSession, send } from "./database_session.ts";
import { type ListenConnection, Listener, type ListenHandlers } from "./database_listener.ts";
import {
  callStatement,
  driverValue,
  qualifiedName,
  type SqlArgument,
  type SqlStatement,
} from "./database_sql.ts";
import type { CallOptions, Database, DatabaseOptions, DatabaseSession } from "./database_types.ts";
import { checkDatabaseUrl, invalidUrlError, type UrlVariable } from "./database_url.ts";
import { DatabaseUnavailableError } from "./errors.ts";

export { json, type SqlArgument, SqlJson } from "./database_sql.ts";
export type { ListenHandlers } from "./database_listener.ts";
export type * from "./database_types.ts";

/** A TCP connection that is refused or silent is given up after this. */
const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 30_000;
const CONNECT_RETRY = { baseMs: 50, capMs: 1_000 };
const CONFLICT_RETRY = { baseMs: 10, capMs: 500 };
const MAX_CONFLICTS = 10;

/**
 * Opens a database. Nothing is connected before the first call.
 *
 * @throws InvalidArgumentError when the URL cannot be used.
 *
 * @example Call a function
 * ```ts ignore
 * await using database = openDatabase({ url: "postgres://ada@localhost/queue" });
 * const rows = await database.call<{ task_id: string }>("spawn_task", {
 *   queue_name: "default",
 *   task_name: "image",
 *   params: json({ size: 512 }),
 * });
 * ```
 */
export function openDatabase(options: DatabaseOptions): Database {
  return new PooledDatabase(options);
}

class PooledDatabase implements Database {
  readonly target: DatabaseTarget;
  readonly #listening: Route;
  readonly #pool: pg.Pool;
  readonly #reconnectMs: number;
  #conflicts = 0;
  #closed?: Promise<void>;

  constructor(options: DatabaseOptions) {
    const { url, listenUrl = url, applicationName = "absurd", maxConnections = 4 } = options;
    const { config, target } = route(url, applicationName, "ABSURD_DATABASE_URL");
    this.target = target;
    this.#listening = route(listenUrl, applicationName, "ABSURD_LISTEN_URL");
    this.#reconnectMs = (options.reconnectSec ?? 2) * 1000;
    this.#pool = new pg.Pool({
      ...config,
      max: maxConnections,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      // the pool's own option would also limit how long a caller may queue for a connection that others hold
      connectionTimeoutMillis: 0,
      Client: class extends pg.Client {
        constructor() {
          super(config);
          // the driver leaves a login that it gives up itself (no password) to the server's own timeout, a minute
          this.connection.on("error", () => this.connection.stream.destroy());
        }
      },
    });
    this.#pool.on("error", ignore); // an idle connection broke: the pool has dropped it
    this.#pool.on("connect", (client) => client.on("error", ignore)); // the statement under way rejects, too
  }

  get conflicts(): number {
    return this.#conflicts;
  }

  async call<Row>(
    name: string,
    args: Readonly<Record<string, SqlArgument>> = {},
    options: CallOptions = {},
  ): Promise<Row[]> {
    return await this.#run<Row>(callStatement(name, args), options, qualifiedName(name));
  }

  async query<Row>(text: string, values: readonly SqlArgument[] = []): Promise<Row[]> {
    return await this.#run<Row>({ text, values: values.map(driverValue) }, {});
  }

  async script(sql: string): Promise<void> {
    await this.session((session) => session.script(sql));
  }

  /** Sends a statement; again when that is safe and may help. */
  async #run<Row>(statement: SqlStatement, options: CallOptions, name?: string): Promise<Row[]> {
    const deadlineMs = performance.now() + this.#reconnectMs;
    for (let tries = 1, conflicts = 0;; tries++) {
      const client = await this.#connect(options.signal);
      try {
        const rows = await abortable(send<Row>(client, statement), options.signal);
        client.release();
        return rows;
      } catch (cause) {
        const error = statementError(cause, this.target, name);
        const lost = error instanceof DatabaseUnavailableError;
        // after an abort the statement is still under way: cut the connection
        client.release(lost || isUnsent(cause) || options.signal?.aborted === true);
        options.signal?.throwIfAborted();
        if (isConflict(cause) && conflicts++ < MAX_CONFLICTS) {
          this.#conflicts++;
          await sleep(backoffMs(conflicts, CONFLICT_RETRY), options);
        } else if ((isUnsent(cause) || lost && options.retry) && performance.now() < deadlineMs) {
          await sleep(backoffMs(tries, CONNECT_RETRY), options);
        } else throw error;
      }
    }
  }

  /** A connection of the pool. */
  async #connect(signal?: AbortSignal): Promise<pg.PoolClient> {
    return await this.#reaching(this.target, async () => {
      const connecting = this.#pool.connect();
      try {
        return await abortable(connecting, signal);
      } catch (error) {
        connecting.then((client) => client.release(), ignore);
        throw error;
      }
    }, signal);
  }

  /** Makes a connection; tries again for a while where that may help. */
  async #reaching<T>(
    target: DatabaseTarget,
    connect: () => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const deadlineMs = performance.now() + this.#reconnectMs;
    for (let tries = 1;; tries++) {
      if (this.#closed) throw new DatabaseUnavailableError("The database was closed by this program");
      try {
        return await connect();
      } catch (cause) {
        signal?.throwIfAborted();
        const error = connectionError(cause, target);
        if (!error.transient || performance.now() > deadlineMs) throw error;
        await sleep(backoffMs(tries, CONNECT_RETRY), { signal });
      }
    }
  }

  async session<T>(use: (session: DatabaseSession) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    let broken = true; // a transaction left open must not meet the next user
    try {
      const result = await use(new ClientSession(client, this.target));
      broken = false;
      return result;
    } finally {
      client.release(broken);
    }
  }

  async listen(channels: readonly string[], handlers: ListenHandlers): Promise<AsyncDisposable> {
    const { config, target } = this.#listening;
    const listener = new Listener(() => listenConnection(config), channels, handlers);
    await this.#reaching(target, () => listener.start());
    return listener;
  }

  close(): Promise<void> {
    return this.#closed ??= this.#pool.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** How to connect. */
interface Route {
  readonly config: pg.ClientConfig;
  readonly target: DatabaseTarget;
}

/**
 * The driver's settings for a URL, and where it would go. TLS modes mean what they mean to psql and every other client
 * of libpq. Throws when the driver cannot read the URL (or a certificate that it names).
 */
function route(url: string, applicationName: string, variable: UrlVariable): Route {
  checkDatabaseUrl(url, variable);
  const libpq = /[?&]sslmode=/.test(url) && !/[?&]uselibpqcompat=/.test(url) ? "&uselibpqcompat=true" : "";
  const config: pg.ClientConfig = {
    connectionString: url + libpq,
    "application_name": applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
  try {
    const { host, port, user = "", database = "" } = new pg.Client(config);
    return { config, target: { host, port, user, database } };
  } catch (error) {
    throw invalidUrlError(url, `which cannot be used: ${(error as Error).message}`, { variable });
  }
}

function listenConnection(config: pg.ClientConfig): ListenConnection {
  const client = new pg.Client(config);
  return {
    connect: () => client.connect(),
    get pid() {
      return (client as unknown as { processID: number }).processID; // the driver's types leave it out
    },
    query: (text) => client.query(text),
    end: () => client.end(),
    destroy: (error) => client.connection.stream.destroy(error),
    subscribe({ notify, broken }) {
      client.on("notification", ({ channel, payload }) => notify(channel, payload ?? ""));
      client.on("error", broken);
      client.on("end", () => broken(new Error("The connection ended")));
    },
  };
}

function ignore(): void {}
