/**
 * Errors that callers can tell apart, and the one table from SQLSTATE to class.
 *
 * @module
 */

/** What an error may tell besides its message. */
export interface AbsurdErrorOptions {
  /** What the user can do about it, as a sentence. */
  hint?: string;
  /** More about the case, from the database. */
  detail?: string;
  /** SQLSTATE, where the error came from the database. */
  sqlState?: string;
  /** The error behind this one. */
  cause?: unknown;
}

/** Base class of all errors of this package that a caller may want to catch. */
export class AbsurdError extends Error {
  /** What the user can do about it, as a sentence. */
  readonly hint?: string;
  /** More about the case, from the database. */
  readonly detail?: string;
  /** SQLSTATE, where the error came from the database. */
  readonly sqlState?: string;

  /** Creates an error with an optional remedy. */
  constructor(message: string, options: AbsurdErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.hint = options.hint;
    this.detail = options.detail;
    this.sqlState = options.sqlState;
  }
}

/** A setting, flag or argument has a value that cannot be used. */
export class InvalidArgumentError extends AbsurdError {}

/** The database cannot be reached, or refuses the login. */
export class DatabaseUnavailableError extends AbsurdError {
  /** True when the same may work later without anybody's help, as after a restart of the server. */
  readonly transient: boolean;

  /** Creates an error with an optional remedy. */
  constructor(message: string, options: AbsurdErrorOptions & { transient?: boolean } = {}) {
    super(message, options);
    this.transient = options.transient ?? true;
  }
}

/** The database refuses a statement for a reason that has no class of its own; `sqlState` tells which. */
export class DatabaseError extends AbsurdError {}

/** The database role may not do this (SQLSTATE 42501). */
export class NotAllowedError extends AbsurdError {}

/** The schema `absurd` is missing, foreign, or of another version. */
export class SchemaError extends AbsurdError {}

/** No task, workflow, dead letter or queue has the given id or name (SQLSTATE TQ001, TQ008). */
export class NotFoundError extends AbsurdError {}

/** The claim that is named is no longer the live one (SQLSTATE TQ002). */
export class StaleAttemptError extends AbsurdError {}

/** A graph of tasks has a cycle, a duplicate or an unknown name (SQLSTATE TQ003). */
export class InvalidGraphError extends AbsurdError {}

/** A parent of the new task failed or was cancelled already (SQLSTATE TQ006). */
export class BadParentError extends AbsurdError {}

/** The task is in a status that does not allow the operation (SQLSTATE TQ004). */
export class WrongStatusError extends AbsurdError {}

/** A value is too large, or holds what JSON in the database cannot (SQLSTATE TQ005). */
export class NotStorableError extends AbsurdError {}

/** The events after a cursor are forgotten, or the cursor is of another database (SQLSTATE TQ009). */
export class CursorError extends AbsurdError {}

/** Waiting took longer than it may. */
export class WaitTimeoutError extends AbsurdError {}

/** A stage manifest is invalid or names something that is missing. */
export class ManifestError extends AbsurdError {}

/** The embedded PostgreSQL server cannot be started, joined or stopped. */
export class EmbeddedPostgresError extends AbsurdError {}

/** A class of errors that the database raises. */
export type AbsurdErrorClass = new (message: string, options?: AbsurdErrorOptions) => AbsurdError;

/**
 * The class for each SQLSTATE. Codes of class TQ are raised by our own functions (sql/README.md lists them), the
 * others by PostgreSQL.
 */
export const SQLSTATE_CLASSES: Readonly<Record<string, AbsurdErrorClass>> = {
  TQ001: NotFoundError,
  TQ002: StaleAttemptError,
  TQ003: InvalidGraphError,
  TQ004: WrongStatusError,
  TQ005: NotStorableError,
  TQ006: BadParentError,
  TQ007: SchemaError,
  TQ008: NotFoundError,
  TQ009: CursorError,
  // invalid parameter value, invalid text representation (such as a bad uuid), number or time out of range
  "22023": InvalidArgumentError,
  "22P02": InvalidArgumentError,
  "22003": InvalidArgumentError,
  "22007": InvalidArgumentError,
  "22008": InvalidArgumentError,
  // a character that the database cannot store, such as \u0000
  "22021": NotStorableError,
  "22P05": NotStorableError,
  // nesting deeper than the server's stack
  "54001": NotStorableError,
  "42501": NotAllowedError,
  // its disk is full, which somebody will mend
  "53100": DatabaseUnavailableError,
  // a standby, as after a promotion elsewhere
  "25006": DatabaseUnavailableError,
};

/** Why an attempt failed: one word, kept with the attempt. */
export type FailureReason =
  | "error"
  | "exit"
  | "signal"
  | "timeout"
  | "bad_input"
  | "not_now"
  | "memory"
  | "protocol"
  | "permission"
  | "result"
  | "sink"
  | "lost"
  | "unknown_task";

/** Thrown by an executor to say how its attempt failed. */
export class TaskFailure extends AbsurdError {
  /** One word for the kind of failure. */
  readonly reason: FailureReason;
  /** True when another attempt cannot help (exit code 65). */
  readonly permanent: boolean;

  /** Creates a failure; `not_now` is retried without being counted, `permanent` never. */
  constructor(
    message: string,
    options: { reason?: FailureReason; permanent?: boolean; hint?: string; cause?: unknown } = {},
  ) {
    super(message, options);
    this.reason = options.reason ?? "error";
    this.permanent = options.permanent ?? false;
  }
}
