/**
 * How a client reaches its database.
 *
 * @module
 */

import { AbsurdConfig, requireDatabaseUrl } from "../config.ts";
import { ClientCalls } from "./calls.ts";

/** How to set up a client. */
export interface AbsurdClientOptions {
  /** `postgres://…` or `embedded:DIR`. */
  databaseUrl: string;
  /** Where to listen to notifications, when `databaseUrl` leads to a connection pooler. @default {databaseUrl} */
  listenUrl?: string;
  /** Queue for spawning, where a call names none. @default {"dsa110-pipeline"} */
  queueName?: string;
  /** Retries of spawned tasks; undefined leaves them to the stage manifest and the worker. */
  maxRetries?: number;
  /** Whether spawned tasks get a dead letter when they fail. @default {true} */
  dlqEnabled?: boolean;
  /** Connections at most. @default {4} */
  maxConnections?: number;
}

/** Gives the rest of the client, and nobody else, the calls of a connection. */
export let callsOf: (client: ClientConnection) => ClientCalls;

/** The part of the client that connects. */
export class ClientConnection implements AsyncDisposable {
  readonly #calls: ClientCalls;

  static {
    callsOf = (client) => client.#calls;
  }

  /**
   * Sets a client up; nothing is connected before the first call.
   *
   * @param options At least the database.
   */
  constructor(options: AbsurdClientOptions) {
    this.#calls = new ClientCalls(options);
  }

  /**
   * Makes sure that the database can be reached. Calling it is not needed: every method connects by itself.
   *
   * @returns This client.
   * @throws DatabaseUnavailableError when it cannot be reached.
   */
  async connect(): Promise<this> {
    const database = await this.#calls.database();
    await database.query("select 1");
    return this;
  }

  /** Closes all connections; calls under way end first. The next call would connect again. */
  async close(): Promise<void> {
    await this.#calls.close();
  }

  /** Closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * The options by environment variables. `maxRetries` is left open: ABSURD_MAX_RETRIES is the worker's default, which
 * the stage manifest may overrule.
 */
export function optionsFromEnv(overrides: Partial<AbsurdClientOptions>): AbsurdClientOptions {
  const config = AbsurdConfig.fromEnv();
  const { queueName, dlqEnabled, listenUrl } = config;
  return {
    listenUrl,
    queueName,
    dlqEnabled,
    ...overrides,
    databaseUrl: overrides.databaseUrl ?? requireDatabaseUrl(config),
  };
}
