/**
 * How a client reaches its database.
 *
 * @module
 */

import { AbsurdConfig, requireDatabaseUrl } from "../config.ts";
import { type CallOptions, type Database, openDatabase, type SqlArgument } from "../database.ts";
import { resolveDatabaseUrl } from "../database_url.ts";
import { fromDocument } from "../document.ts";

/** How to set up a client. */
export interface AbsurdClientOptions {
  /** `postgres://…` or `embedded:DIR`. */
  databaseUrl: string;
  /** Queue for spawning, where a call names none. @default {"dsa110-pipeline"} */
  queueName?: string;
  /** Retries of spawned tasks; undefined leaves them to the stage manifest and the worker. */
  maxRetries?: number;
  /** Whether spawned tasks get a dead letter when they fail. @default {true} */
  dlqEnabled?: boolean;
  /** Connections at most. @default {4} */
  maxConnections?: number;
}

/** Connects, and calls functions of schema `absurd`. */
export class ClientConnection implements AsyncDisposable {
  /** The options, with defaults. */
  protected readonly options:
    & Required<Omit<AbsurdClientOptions, "maxRetries">>
    & Pick<AbsurdClientOptions, "maxRetries">;
  #database?: Promise<Database>;

  /**
   * Sets a client up; nothing is connected before the first call.
   *
   * @param options At least the database.
   */
  constructor(options: AbsurdClientOptions) {
    const { queueName = "dsa110-pipeline", dlqEnabled = true, maxConnections = 4 } = options;
    this.options = { ...options, queueName, dlqEnabled, maxConnections };
  }

  /**
   * Makes sure that the database can be reached. Calling it is not needed: every method connects by itself.
   *
   * @returns This client.
   * @throws DatabaseUnavailableError when it cannot be reached.
   */
  async connect(): Promise<this> {
    const database = await this.database();
    await database.query("select 1");
    return this;
  }

  /** Closes all connections; calls under way end first. The next call would connect again. */
  async close(): Promise<void> {
    const opening = this.#database;
    this.#database = undefined;
    // an embedded server that did not start has been told to whoever called
    const database = await opening?.catch(() => undefined);
    await database?.close();
  }

  /** Closes all connections. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The database, opened on first use. */
  protected database(): Promise<Database> {
    return this.#database ??= this.#open();
  }

  async #open(): Promise<Database> {
    try {
      const { databaseUrl, maxConnections } = this.options;
      return openDatabase({ url: await resolveDatabaseUrl(databaseUrl), maxConnections });
    } catch (error) {
      this.#database = undefined; // the next call tries again
      throw error;
    }
  }

  /** Rows of a function, with keys in camelCase. */
  protected async rows<T>(
    name: string,
    args: Readonly<Record<string, SqlArgument>> = {},
    options: CallOptions = {},
  ): Promise<T[]> {
    const database = await this.database();
    return (await database.call(name, args, options)).map((row) => fromDocument<T>(row));
  }

  /** The values of a function that returns one column. */
  protected async values<T>(
    name: string,
    args: Readonly<Record<string, SqlArgument>> = {},
    options: CallOptions = {},
  ): Promise<T[]> {
    const database = await this.database();
    const rows = await database.call(name, args, options);
    return rows.map((row) => fromDocument<T>(Object.values(row)[0]));
  }

  /** The value of a function that returns one. */
  protected async value<T>(
    name: string,
    args: Readonly<Record<string, SqlArgument>> = {},
    options: CallOptions = {},
  ): Promise<T> {
    return (await this.values<T>(name, args, options))[0];
  }
}

/**
 * The options by environment variables. `maxRetries` is left open: ABSURD_MAX_RETRIES is the worker's default, which
 * the stage manifest may overrule.
 */
export function optionsFromEnv(overrides: Partial<AbsurdClientOptions>): AbsurdClientOptions {
  const config = AbsurdConfig.fromEnv();
  const { queueName, dlqEnabled } = config;
  return {
    queueName,
    dlqEnabled,
    ...overrides,
    databaseUrl: overrides.databaseUrl ?? requireDatabaseUrl(config),
  };
}
