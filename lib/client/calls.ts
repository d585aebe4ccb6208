/**
 * The calls of a client: opens the database when it is first needed, and turns rows into objects.
 *
 * @module
 */

import { type CallOptions, type Database, openDatabase, type SqlArgument } from "../database.ts";
import { resolveDatabaseUrl } from "../database_url.ts";
import { fromDocument } from "../document.ts";
import { shakeHands } from "../handshake.ts";
import type { AbsurdClientOptions } from "./connection.ts";

/** Arguments of a function, in snake_case without their `p_`. */
type Arguments = Readonly<Record<string, SqlArgument>>;

/** Calls functions of schema `absurd`. */
export class ClientCalls {
  /** The client's options, with defaults. */
  readonly options: AbsurdClientOptions & Required<Omit<AbsurdClientOptions, "maxRetries" | "listenUrl">>;
  #database?: Promise<Database>;
  #ready?: Promise<Database>;

  /** Nothing is connected before the first call. */
  constructor(options: AbsurdClientOptions) {
    const { queueName = "dsa110-pipeline", dlqEnabled = true, maxConnections = 4 } = options;
    this.options = { ...options, queueName, dlqEnabled, maxConnections };
  }

  /** The database, opened on first use; its schema may be missing or of another version. */
  database(): Promise<Database> {
    return this.#database ??= this.#open();
  }

  async #open(): Promise<Database> {
    try {
      const { databaseUrl, listenUrl, maxConnections } = this.options;
      return openDatabase({ url: await resolveDatabaseUrl(databaseUrl), listenUrl, maxConnections });
    } catch (error) {
      this.#database = undefined; // the next call tries again
      throw error;
    }
  }

  /** The database, after it was asked on first use whether its schema goes together with this program. */
  ready(): Promise<Database> {
    return this.#ready ??= this.#shakeHands();
  }

  async #shakeHands(): Promise<Database> {
    try {
      const database = await this.database();
      await shakeHands(database);
      return database;
    } catch (error) {
      this.#ready = undefined; // the next call asks again
      throw error;
    }
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    const opening = this.#database;
    this.#database = this.#ready = undefined;
    const database = await opening?.catch(() => undefined); // told to whoever opened it
    await database?.close();
  }

  /** Rows of a function, with keys in camelCase. */
  async rows<T>(name: string, args: Arguments = {}, options: CallOptions = {}): Promise<T[]> {
    const database = await this.ready();
    return (await database.call(name, args, options)).map((row) => fromDocument<T>(row));
  }

  /** The values of a function that returns one column. */
  async values<T>(name: string, args: Arguments = {}, options: CallOptions = {}): Promise<T[]> {
    const database = await this.ready();
    const rows = await database.call(name, args, options);
    return rows.map((row) => fromDocument<T>(Object.values(row)[0]));
  }

  /** The value of a function that returns one. */
  async value<T>(name: string, args: Arguments = {}, options: CallOptions = {}): Promise<T> {
    return (await this.values<T>(name, args, options))[0];
  }
}
