/**
 * How a command ends: exit codes, and what is said on stderr.
 *
 * @module
 */

import { CommanderError } from "@commander-js/extra-typings";
import type { AbsurdError } from "@dsa110/absurd";
import type { CliContext, SignalName } from "./context.ts";
import { OutputError, SIGNAL_EXIT_CODES } from "./context.ts";
import { paint, printable } from "./output.ts";

/** Exit codes of all commands but `status --check`. */
export const ExitCode = {
  /** Done. */
  done: 0,
  /** The command failed; also where the database does not have what was asked for, such as a task of that id. */
  failed: 1,
  /** Wrong usage: arguments, variables, or files of the user that are wrong whatever the database holds. */
  usage: 2,
  /** The task or workflow that was waited for failed. */
  outcomeFailed: 3,
  /** The task or workflow that was waited for was cancelled. */
  outcomeCancelled: 4,
  /** Waiting timed out. */
  timedOut: 5,
} as const;

/** An end that is said in a sentence on stderr. */
export class CliError extends Error {
  /** Exit code of the command. */
  readonly exitCode: number;
  /** The remedy, as a sentence. */
  readonly hint?: string;

  /** Creates an error; the exit code is 1 unless told otherwise. */
  constructor(message: string, options: { exitCode?: number; hint?: string } = {}) {
    super(message);
    this.name = "CliError";
    this.exitCode = options.exitCode ?? ExitCode.failed;
    this.hint = options.hint;
  }
}

/** A {@linkcode CliError} for arguments that do not fit: exit code 2. */
export class UsageError extends CliError {
  /** Creates an error with an optional remedy. */
  constructor(message: string, hint?: string) {
    super(message, { exitCode: ExitCode.usage, hint });
    this.name = "UsageError";
  }
}

/** Ends a command that has said everything, with a code. */
export class EarlyExit extends Error {
  /** Exit code of the command. */
  readonly exitCode: number;

  /** Creates the end of a command. */
  constructor(exitCode: number) {
    super(`Exit with code ${exitCode}`);
    this.name = "EarlyExit";
    this.exitCode = exitCode;
  }
}

/**
 * Says what went wrong on stderr, in a sentence and its remedy, and returns the exit code. The stack is shown with
 * ABSURD_DEBUG=1 only, and never for an end that is not an error.
 *
 * @param context Where to say it.
 * @param error What the command threw.
 * @param usageCode Exit code for wrong usage.
 */
export async function reportError(context: CliContext, error: unknown, usageCode: number): Promise<number> {
  if (error instanceof EarlyExit) return error.exitCode;
  // commander has said it already: help on stdout, mistakes on stderr
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : usageCode;
  if (context.signal.aborted && isAbort(context, error)) {
    return SIGNAL_EXIT_CODES[context.signal.reason as SignalName];
  }
  // the reader of a pipe has seen enough, as in `absurd task list | head`
  if (error instanceof Deno.errors.BrokenPipe) return ExitCode.done;
  const { message, hint, exitCode } = await describeError(error);
  say(context, "error", message);
  if (hint) say(context, "hint", hint);
  if (isDebugging(context) && error instanceof Error) context.stderr.write(`${error.stack}\n`);
  return exitCode === ExitCode.usage ? usageCode : exitCode;
}

function isDebugging(context: CliContext): boolean {
  return !["", "0", undefined].includes(context.env.ABSURD_DEBUG);
}

function isAbort(context: CliContext, error: unknown): boolean {
  return error === context.signal.reason || error instanceof Error && error.name === "AbortError";
}

/** Loads the library only here: a mistake in the arguments is told without it. */
async function describeError(error: unknown): Promise<{ message: string; hint?: string; exitCode: number }> {
  if (error instanceof CliError) return error;
  if (error instanceof OutputError) return { message: error.message, exitCode: ExitCode.failed };
  const library = await import("@dsa110/absurd").catch(() => undefined); // it may be what cannot be loaded
  if (library && error instanceof library.AbsurdError) {
    const exitCode = error instanceof library.InvalidArgumentError || isMistaken(library, error)
      ? ExitCode.usage
      : error instanceof library.WaitTimeoutError
      ? ExitCode.timedOut
      : ExitCode.failed;
    return { message: error.message, hint: error.hint, exitCode };
  }
  return {
    message: `Unexpected error: ${error instanceof Error ? error.message : String(error)}`,
    hint: "This is a defect of absurd: run the command again with ABSURD_DEBUG=1 and report what it prints",
    exitCode: ExitCode.failed,
  };
}

/**
 * Whether somebody has to correct a manifest, or the name of a stage. One that cannot be read may be there later, as when
 * a disk is mounted: what starts a worker again must go on to do so, and wrong usage is not tried again.
 */
function isMistaken({ ManifestError }: typeof import("@dsa110/absurd"), error: AbsurdError): boolean {
  const cannotBeRead = error.cause instanceof Error && "code" in error.cause;
  return error instanceof ManifestError && !cannotBeRead;
}

/** Writes one line of words: `error: …`, `hint: …`, `warning: …`. */
export function say(context: CliContext, kind: "error" | "hint" | "warning", message: string): void {
  const colour = { error: "red", hint: "cyan", warning: "yellow" } as const;
  context.stderr.write(`${paint(context, "stderr", colour[kind], `${kind}:`)} ${printable(message)}\n`);
}

/** Writes one line that tells what was done. */
export function tell(context: CliContext, message: string): void {
  context.stderr.write(`${printable(message)}\n`);
}

/** Like {@linkcode tell}, for what a program that goes on for long does and notices. */
export function tellLog(context: CliContext, message: string): void {
  ifWritable(() => tell(context, message));
}

/** Writes words that nothing depends on: that nobody can take them, as on a full disk, ends no work. */
export function ifWritable(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof OutputError || error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/**
 * Writes what a command has made. When it cannot be written, the error says what was made: it is there all the same.
 *
 * @param made What was made, as a clause with its id.
 */
export function orSay(made: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    throw new OutputError(`${error.message}; ${made}`, { cause: error });
  }
}
