/**
 * Statements over one connection.
 *
 * @module
 */

import { type DatabaseTarget, statementError } from "./database_errors.ts";
import {
  callStatement,
  driverValue,
  qualifiedName,
  type SqlArgument,
  type SqlStatement,
} from "./database_sql.ts";
import type { CallOptions, DatabaseSession } from "./database_types.ts";

/** The part of the driver's connection that a session needs. */
export interface DriverClient {
  /** Sends a statement. */
  query(statement: SqlStatement | string): Promise<{ rows: unknown[] }>;
}

/** One held connection. */
export class ClientSession implements DatabaseSession {
  readonly #client: DriverClient;
  readonly #target: DatabaseTarget;

  /** Takes a connection that nobody else uses. */
  constructor(client: DriverClient, target: DatabaseTarget) {
    this.#client = client;
    this.#target = target;
  }

  /** See {@linkcode DatabaseSession}. */
  async call<Row>(
    name: string,
    args: Readonly<Record<string, SqlArgument>> = {},
    { columns }: Pick<CallOptions, "columns"> = {},
  ): Promise<Row[]> {
    const { text, values } = callStatement(name, args, columns); // not prepared: it is used once
    return await this.#send<Row>({ text, values }, qualifiedName(name));
  }

  /** See {@linkcode DatabaseSession}. */
  async query<Row>(text: string, values: readonly SqlArgument[] = []): Promise<Row[]> {
    return await this.#send<Row>({ text, values: values.map(driverValue) });
  }

  /** See {@linkcode DatabaseSession}. */
  async script(sql: string): Promise<void> {
    await this.#send(sql);
  }

  async #send<Row>(statement: SqlStatement | string, name?: string): Promise<Row[]> {
    try {
      return await send<Row>(this.#client, statement);
    } catch (cause) {
      throw statementError(cause, this.#target, name);
    }
  }
}

/** Sends a statement, or a text of many. */
export async function send<Row>(client: DriverClient, statement: SqlStatement | string): Promise<Row[]> {
  const result = await client.query(statement);
  return result.rows as Row[];
}
