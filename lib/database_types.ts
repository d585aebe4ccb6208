/**
 * What a database offers.
 *
 * @module
 */

import type { DatabaseTarget } from "./database_errors.ts";
import type { ListenHandlers } from "./database_listener.ts";
import type { SqlArgument } from "./database_sql.ts";

/** How to open a database. */
export interface DatabaseOptions {
  /** `postgres://…`; see {@linkcode resolveDatabaseUrl} for `embedded:DIR`. */
  url: string;
  /** Where to listen to notifications, when `url` leads to a connection pooler. @default {url} */
  listenUrl?: string;
  /** Connections at most, besides one for each listener. @default {4} */
  maxConnections?: number;
  /** Name that the server shows for the connections. @default {"absurd"} */
  applicationName?: string;
  /** How long a call tries again while no connection can be made, in seconds. @default {2} */
  reconnectSec?: number;
  /**
   * How long a call waits for an answer, in seconds; then its connection is cut, and the database counts as away. A
   * network may lose a connection without telling anybody. @default {Infinity}
   */
  answerWithinSec?: number;
}

/** How to call. */
export interface CallOptions {
  /** Gives up waiting; the connection is cut, and the statement may still be carried out. */
  signal?: AbortSignal;
  /**
   * True when the call may be carried out twice without harm: it is then made again when the connection breaks in
   * the middle of it. @default {false}
   */
  retry?: boolean;
  /** See {@linkcode DatabaseOptions.answerWithinSec}, which it overrules. */
  answerWithinSec?: number;
  /** Columns that are read. @default all */
  columns?: readonly string[];
}

/** What can be sent over one connection, or over any of a pool's. */
export interface DatabaseSession {
  /**
   * Rows of `select * from absurd.<name>(p_a => $1, …)`.
   *
   * @param name Function, of schema `absurd` unless qualified (`sky.list_sources`).
   * @param args Arguments in snake_case without their `p_`; undefined ones are left out.
   */
  call<Row = Record<string, unknown>>(
    name: string,
    args?: Readonly<Record<string, SqlArgument>>,
    options?: CallOptions,
  ): Promise<Row[]>;
  /** Rows of free SQL: for the schema's installation, tests and scripts only. */
  query<Row = Record<string, unknown>>(text: string, values?: readonly SqlArgument[]): Promise<Row[]>;
  /** Runs many statements in one transaction, without arguments and results. */
  script(sql: string): Promise<void>;
}

/** Who only calls functions. */
export type DatabaseCalls = Pick<Database, "call">;

/** A pool of connections. */
export interface Database extends DatabaseSession, AsyncDisposable {
  /** Where the connections go. */
  readonly target: DatabaseTarget;
  /** Statements made again because of a conflict with another transaction (SQLSTATE 40P01, 40001). */
  readonly conflicts: number;
  /** Holds one connection for as long as `use` runs: for transactions and session locks. Nothing is retried. */
  session<T>(use: (session: DatabaseSession) => Promise<T>): Promise<T>;
  /**
   * Listens to notifications on a connection of its own, which is rebuilt when it breaks.
   *
   * @param options.signal Gives up while the first connection is being made.
   * @returns Stops listening when disposed of.
   * @throws DatabaseUnavailableError when the first connection cannot be made; the reason of the signal.
   */
  listen(
    channels: readonly string[],
    handlers: ListenHandlers,
    options?: { signal?: AbortSignal },
  ): Promise<AsyncDisposable>;
  /** Closes all connections of the pool; statements under way end first. */
  close(): Promise<void>;
}
