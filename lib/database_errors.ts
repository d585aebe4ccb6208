/**
 * What goes wrong with a database, in sentences: the only place that knows the driver's and the server's errors.
 *
 * @module
 */

import {
  AbsurdError,
  type AbsurdErrorOptions,
  DatabaseError,
  DatabaseUnavailableError,
  NotAllowedError,
  SQLSTATE_CLASSES,
} from "./errors.ts";
import { type CallFacts, foreignSchemaError, missingError, permissionHint } from "./database_refusals.ts";

/** Where a connection goes; never the password. */
export interface DatabaseTarget {
  /** Host name, address, or folder of a Unix socket. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** Role that logs in. */
  readonly user: string;
  /** Database. */
  readonly database: string;
}

/** The fields of an error by the server, as the driver passes them on. */
interface ServerError extends Error {
  code?: string;
  detail?: string;
  hint?: string;
  /** Call stack in SQL; empty when the statement itself is at fault. */
  where?: string;
}

/** A kind of failed connection. */
interface ConnectionProblem {
  /** Recognises it. */
  matches(error: ServerError): boolean;
  /** False where trying again soon cannot help. */
  readonly transient: boolean;
  /** The sentence. */
  describe(where: string, target: DatabaseTarget, error: ServerError): string;
  /** The remedy. */
  hint(target: DatabaseTarget): string;
}

/** What answers is a connection pooler, through which no notifications come. */
export class PoolerError extends Error {}

/** What answers cannot be written to. */
export class StandbyError extends Error {}

const CHECK_URL = "Check ABSURD_DATABASE_URL";

/** Tried in order; the last one matches everything. */
const CONNECTION_PROBLEMS: readonly ConnectionProblem[] = [
  {
    matches: (error) => error.code === "ECONNREFUSED" || error.code === "ENOENT",
    transient: true,
    describe: (where) => `No PostgreSQL answers at ${where}`,
    hint: () =>
      `Start the server, or correct ABSURD_DATABASE_URL; embedded:DIR runs a server of this machine's own`,
  },
  {
    matches: (error) => ["ENOTFOUND", "EAI_AGAIN", "EAI_NONAME", "EAI_NODATA"].includes(error.code ?? ""),
    transient: false,
    describe: (where, { host }) =>
      `The database host "${host}" is unknown, so nothing can connect to ${where}`,
    hint: () => `${CHECK_URL}: is the host name spelt right?`,
  },
  {
    matches: (error) =>
      error.code === "28P01" || /password must be a (non-empty )?string/i.test(error.message),
    transient: false,
    describe: (where) => `The password is wrong or missing for ${where}`,
    hint: () => `Correct user and password in ABSURD_DATABASE_URL (special characters percent-encoded)`,
  },
  {
    matches: (error) => error.code === "28000",
    transient: false,
    describe: (where, _, error) => `The login is refused at ${where}: ${error.message}`,
    hint: () => "Create the role, or allow it in the server's pg_hba.conf",
  },
  {
    matches: (error) => error.code === "22023" && error.message.includes("absurd_reader"),
    transient: false,
    describe: (where) => `There is no role absurd_reader, with whose rights --read-only works, at ${where}`,
    hint: () => "Run: absurd init --roles",
  },
  {
    matches: (error) => error.code === "42501" && error.message.includes("absurd_reader"),
    transient: false,
    describe: (where) => `The user is no member of absurd_reader, as --read-only needs, at ${where}`,
    hint: ({ user }) => `Run: grant absurd_reader to ${user}`,
  },
  {
    matches: (error) => error.code === "3D000",
    transient: false,
    describe: (where, { database }) => `There is no database "${database}" at ${where}`,
    hint: ({ database }) => `Create it (createdb ${database}), or correct ABSURD_DATABASE_URL`,
  },
  {
    matches: (error) => /certificate|\b(SSL|TLS)\b/i.test(`${error.code} ${error.message}`),
    transient: false,
    describe: (where, _, error) => `TLS fails with ${where}: ${error.message}`,
    hint: () => "Check sslmode and sslrootcert in ABSURD_DATABASE_URL",
  },
  {
    matches: (error) => error.code === "53300",
    transient: true,
    describe: (where) => `All connections of the server are taken, at ${where}`,
    hint: () => "Raise max_connections of the server, or run fewer workers",
  },
  {
    matches: (error) => error instanceof PoolerError,
    transient: false,
    describe: (where) => `Notifications do not come through the connection pooler at ${where}`,
    hint: () =>
      "Set ABSURD_LISTEN_URL to the server itself; without, changes are noticed by looking from time to time",
  },
  {
    matches: (error) => error instanceof StandbyError,
    transient: true,
    describe: (where) => `A standby answers at ${where}, and no primary at any host of the URL`,
    hint: () => "Promote a standby, or bring the primary back",
  },
  {
    matches: () => true,
    transient: true,
    describe: (where, _, error) => `Cannot connect to ${where}: ${error.message || error.code || error.name}`,
    hint: () => `${CHECK_URL}, and whether the server is up`,
  },
];

function describeTarget({ host, port, user, database }: DatabaseTarget): string {
  return `${host}:${port} (user "${user}", database "${database}")`;
}

/** The error for a connection that could not be made. */
export function connectionError(cause: unknown, target: DatabaseTarget): DatabaseUnavailableError {
  const reason = innermost(cause);
  const problem = CONNECTION_PROBLEMS.find((candidate) => candidate.matches(reason))!;
  return new DatabaseUnavailableError(problem.describe(describeTarget(target), target, reason), {
    hint: problem.hint(target),
    sqlState: isSqlState(reason.code) ? reason.code : undefined,
    transient: problem.transient,
    cause,
  });
}

/** True when user or password are wrong, or the database is missing: another host would say the same. */
export function isLoginRefusal({ sqlState }: DatabaseUnavailableError): boolean {
  return sqlState?.startsWith("28") === true || sqlState === "3D000";
}

/** A host with several addresses fails with one error an address; the first says enough. */
function innermost(error: unknown): ServerError {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  return error instanceof Error ? error : new Error(String(error));
}

function isSqlState(code: string | undefined): boolean {
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code);
}

/** True when the connection is gone: the statement may or may not have been carried out. */
function isConnectionLoss(error: unknown): boolean {
  const { code, message } = error as ServerError;
  if (code !== undefined && isSqlState(code)) return code.startsWith("08") || /^57P0[1-5]$/.test(code);
  return code !== undefined && /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ERR_STREAM|ERR_SOCKET)/.test(code) ||
    /connection (terminated|ended|closed)|socket|read ECONN|broken pipe/i.test(message ?? "");
}

/** True when the driver knew that the connection was dead before it sent anything. */
export function isUnsent(error: unknown): boolean {
  return /is not queryable|client was closed/i.test((error as Error).message ?? "");
}

/**
 * True when a prepared statement is not what we think it is: a pooler between us hands its connections to one client
 * after another, or the schema was upgraded. Nothing was carried out.
 */
export function isUnprepared(error: unknown): boolean {
  const { code = "", message } = error as ServerError;
  return ["26000", "42P05"].includes(code) || code === "0A000" && message.includes("cached plan");
}

/**
 * True when the server undid the transaction because of a conflict with another one: doing it again is right. That may
 * be an upgrade: the body of a function that it overtook looks in vain for what is gone.
 */
export function isConflict(error: unknown): boolean {
  const { code = "", where } = error as ServerError;
  return ["40P01", "40001"].includes(code) || Boolean(where) && isMissing(error as ServerError);
}

/** A table, column, function or type is not there, by name or, in words that are never translated, by number. */
function isMissing({ code = "", message }: ServerError): boolean {
  return ["42883", "42P01", "42703", "42704"].includes(code) ||
    code === "XX000" && /^(could not open relation with OID|cache lookup failed for) /.test(message);
}

/**
 * The error for a statement that failed.
 *
 * @param cause What the driver threw.
 * @param target Where the connection goes.
 * @param name The function that was called, qualified; undefined for free SQL.
 * @param facts What the catalog says of that call, where it was asked.
 */
export function statementError(
  cause: unknown,
  target: DatabaseTarget,
  name?: string,
  facts?: CallFacts,
): Error {
  if (cause instanceof AbsurdError || !(cause instanceof Error)) return cause as Error;
  const error: ServerError = cause;
  if (isConnectionLoss(error)) return lostConnectionError(error, target, name);
  if (!isSqlState(error.code)) return error;
  const options = { hint: error.hint, detail: error.detail, sqlState: error.code, cause };
  if (facts?.foreign) return foreignSchemaError(target.database, cause);
  return missingError(error, options, name) ?? classifiedError(error, options, target, facts);
}

function lostConnectionError(error: ServerError, target: DatabaseTarget, name = "a statement"): Error {
  return new DatabaseUnavailableError(`The connection to ${describeTarget(target)} was lost during ${name}`, {
    hint: "It may or may not have been carried out: look before you do it again",
    sqlState: isSqlState(error.code) ? error.code : undefined,
    cause: error,
  });
}

function classifiedError(
  error: ServerError,
  options: AbsurdErrorOptions,
  target: DatabaseTarget,
  facts?: CallFacts,
): AbsurdError {
  const Class = SQLSTATE_CLASSES[error.code!] ?? DatabaseError;
  if (Class === NotAllowedError && !options.hint) {
    options.hint = permissionHint(error, target, facts);
  }
  return new Class(error.message, options);
}
