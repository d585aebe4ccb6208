/**
 * Errors that callers can tell apart, and the one table from SQLSTATE to class.
 *
 * @module
 */

/** Base class of all errors of this package that a caller may want to catch. */
export class AbsurdError extends Error {
  /** What the user can do about it, as a sentence. */
  readonly hint?: string;

  /** Creates an error with an optional remedy. */
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.hint = options.hint;
  }
}

/** A setting, flag or argument has a value that cannot be used. */
export class InvalidArgumentError extends AbsurdError {}

/** The database cannot be reached, or refuses the login. */
export class DatabaseUnavailableError extends AbsurdError {}

/** The schema `absurd` is missing, foreign, or of another version. */
export class SchemaError extends AbsurdError {}

/** No task, workflow, dead letter or queue has the given id or name (SQLSTATE TQ001, TQ008). */
export class NotFoundError extends AbsurdError {}

/** The claim that is named is no longer the live one (SQLSTATE TQ002). */
export class StaleAttemptError extends AbsurdError {}

/** A graph of tasks has a cycle, a duplicate or an unknown name (SQLSTATE TQ003). */
export class InvalidGraphError extends AbsurdError {}

/** The task is in a status that does not allow the operation (SQLSTATE TQ004). */
export class WrongStatusError extends AbsurdError {}

/** A value is too large, or holds what JSON in the database cannot (SQLSTATE TQ005). */
export class NotStorableError extends AbsurdError {}

/** A stage manifest is invalid or names something that is missing. */
export class ManifestError extends AbsurdError {}

/** The embedded PostgreSQL server cannot be started, joined or stopped. */
export class EmbeddedPostgresError extends AbsurdError {}

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
