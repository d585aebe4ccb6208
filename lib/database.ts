/**
 * The database, as everything else sees it: call a function, listen, and be told in plain words what went wrong.
 *
 * What the driver (`database_driver.ts`) leaves to its user is done here: connections and listeners that come back
 * after a restart or a failover, JSON sent as text, and errors by class.
 *
 * @module
 */

import { abortable, backoffMs, sleep } from "./backoff.ts";
import { Connections } from "./database_connections.ts";
import {
  connectionError,
  type DatabaseTarget,
  isConflict,
  isLoginRefusal,
  isUnprepared,
  isUnsent,
  statementError,
} from "./database_errors.ts";
import { CALL_FACTS, type CallFacts, isExplicable } from "./database_refusals.ts";
import { ClientSession, send } from "./database_session.ts";
import { answerWithin, isSilence } from "./database_silence.ts";
import {
  IDLE_TIMEOUT_MS,
  listenConnection,
  makePool,
  type PoolClient,
  type Route,
  routesTo,
} from "./database_driver.ts";
import type { Hosts } from "./database_hosts.ts";
import { Listener, type ListenHandlers } from "./database_listener.ts";
import {
  callStatement,
  driverValue,
  qualifiedName,
  type SqlArgument,
  type SqlStatement,
} from "./database_sql.ts";
import type { CallOptions, Database, DatabaseOptions, DatabaseSession } from "./database_types.ts";
import { DatabaseUnavailableError } from "./errors.ts";

export { json, once, type SqlArgument, SqlJson } from "./database_sql.ts";
export type { ListenHandlers } from "./database_listener.ts";
export type * from "./database_types.ts";

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
  readonly #hosts: Hosts<Route>;
  readonly #listenHosts: Hosts<Route>;
  readonly #connections: Connections;
  readonly #reconnectMs: number;
  readonly #answerWithinSec: number;
  #conflicts = 0;
  /** False once statements turned out not to stay prepared. */
  #prepares = true;
  #closed?: Promise<void>;

  constructor(options: DatabaseOptions) {
    const { url, listenUrl = url, applicationName = "absurd", maxConnections = 4 } = options;
    this.#hosts = routesTo(url, applicationName, "ABSURD_DATABASE_URL");
    this.#listenHosts = routesTo(listenUrl, applicationName, "ABSURD_LISTEN_URL");
    this.#reconnectMs = (options.reconnectSec ?? 2) * 1000;
    this.#answerWithinSec = options.answerWithinSec ?? Infinity;
    this.#connections = new Connections(makePool(this.#hosts, maxConnections), IDLE_TIMEOUT_MS);
  }

  get target(): DatabaseTarget {
    return this.#hosts.current.target;
  }

  get conflicts(): number {
    return this.#conflicts;
  }

  async call<Row>(
    name: string,
    args: Readonly<Record<string, SqlArgument>> = {},
    options: CallOptions = {},
  ): Promise<Row[]> {
    return await this.#run<Row>(callStatement(name, args, options.columns), options, qualifiedName(name));
  }

  async query<Row>(text: string, values: readonly SqlArgument[] = []): Promise<Row[]> {
    return await this.#run<Row>({ text, values: values.map(driverValue) }, {});
  }

  async script(sql: string): Promise<void> {
    await this.session((session) => session.script(sql));
  }

  /** Sends a statement; again when that is safe and may help. */
  async #run<Row>(statement: SqlStatement, options: CallOptions, name?: string): Promise<Row[]> {
    options.signal?.throwIfAborted();
    const deadlineMs = performance.now() + this.#reconnectMs;
    for (let tries = 1, conflicts = 0;; tries++) {
      const client = this.#connections.takeAtHand() ?? await this.#connect(options.signal);
      try {
        const sent = this.#prepares ? statement : { ...statement, name: undefined };
        const { answerWithinSec = this.#answerWithinSec } = options;
        const answer = answerWithin(answerWithinSec, send<Row>(client, sent), name);
        const rows = await abortable(answer, options.signal);
        this.#connections.giveBack(client);
        return rows;
      } catch (cause) {
        const error = statementError(cause, this.target, name);
        const lost = error instanceof DatabaseUnavailableError;
        if (isSilence(cause)) this.#connections.distrust();
        // after an abort, or without an answer, the statement is still under way: cut the connection
        this.#connections.giveBack(client, lost || isUnsent(cause) || options.signal?.aborted === true);
        options.signal?.throwIfAborted();
        if (this.#prepares && isUnprepared(cause)) {
          this.#prepares = false;
        } else if (isConflict(cause) && conflicts++ < MAX_CONFLICTS) {
          this.#conflicts++;
          await sleep(backoffMs(conflicts, CONFLICT_RETRY), options);
        } else if ((isUnsent(cause) || lost && options.retry) && performance.now() < deadlineMs) {
          await sleep(backoffMs(tries, CONNECT_RETRY), options);
        } else throw await this.#explained(error, cause, name);
      }
    }
  }

  /** The error of a call, with what the catalog knows about it. */
  async #explained(error: Error, cause: unknown, name?: string): Promise<Error> {
    if (name === undefined || !isExplicable(cause)) return error;
    // Whatever is wrong with this query is not the error to tell.
    const [facts] = await this.query<CallFacts>(CALL_FACTS, name.split(".")).catch(() => []);
    return facts ? statementError(cause, this.target, name, facts) : error;
  }

  /** A connection of the pool. */
  async #connect(signal?: AbortSignal): Promise<PoolClient> {
    return await this.#reaching(this.#hosts, async () => {
      const connecting = this.#connections.take();
      try {
        return await abortable(connecting, signal);
      } catch (error) {
        connecting.then((client) => this.#connections.giveBack(client), ignore);
        throw error;
      }
    }, signal);
  }

  /** Makes a connection; tries again for a while where that may help. */
  async #reaching<T>(
    hosts: Hosts<Route>,
    connect: () => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const deadlineMs = performance.now() + this.#reconnectMs;
    for (let tries = 1;; tries++) {
      if (this.#closed) throw new DatabaseUnavailableError("The database was closed by this program");
      const route = hosts.current;
      try {
        return await connect();
      } catch (cause) {
        signal?.throwIfAborted();
        const error = connectionError(cause, route.target);
        if (hosts.several && !isLoginRefusal(error) && hosts.next(route)) continue;
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
      this.#connections.giveBack(client, broken);
    }
  }

  async listen(
    channels: readonly string[],
    handlers: ListenHandlers,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<AsyncDisposable> {
    const hosts = this.#listenHosts;
    const listener = new Listener(() => listenConnection(hosts), channels, handlers);
    try {
      await this.#reaching(hosts, () => abortable(listener.start(), signal), signal);
    } catch (error) {
      await listener[Symbol.asyncDispose]();
      throw error;
    }
    return listener;
  }

  close(): Promise<void> {
    return this.#closed ??= this.#connections.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function ignore(): void {}
