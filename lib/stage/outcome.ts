/**
 * What a run of a stage means for its task: a result, or a failure told in one sentence.
 *
 * @module
 */

import { constants } from "node:os";
import { type FailureReason, TaskFailure } from "../errors.ts";
import type { JsonObject, StopReason } from "../task.ts";
import { storableText } from "../json.ts";
import { formatBytes } from "../size.ts";
import type { StageRun } from "./run.ts";

/** Exit code for an input that can never be processed (`EX_DATAERR` of sysexits). */
const EXIT_BAD_INPUT = 65;
/** Exit code for a task that should be tried again later (`EX_TEMPFAIL` of sysexits). */
const EXIT_NOT_NOW = 75;
/** Longest sentence for a task's row, in characters. */
const MESSAGE_LENGTH = 500;

/** What most often sends a signal that the runner did not send. */
const SIGNAL_CAUSES: Readonly<Record<number, string>> = {
  [constants.signals.SIGKILL]: ", perhaps because the machine ran out of memory",
};

const STOP_CAUSES: Readonly<Record<Exclude<StopReason, "timeout">, string>> = {
  cancelled: "its task was cancelled",
  lost: "its worker lost the claim",
  shutdown: "its worker shut down",
};

/** What the sentence of a failure needs to know of the stage. */
export interface OutcomeContext {
  /** Name of the stage. */
  readonly taskName: string;
  /** Time limit of the attempt, in seconds. */
  readonly timeoutSec: number;
  /** Memory limit, in bytes. */
  readonly memoryBytes?: number;
}

/**
 * Turns a run into the task's result.
 *
 * @param run What became of the program.
 * @param context What the sentence of a failure needs to know.
 * @returns The result; null when the program gave none, which is no error.
 * @throws {TaskFailure} The run failed. What a stopped run did before it ended counts only if it finished properly,
 *   and never after its time was over.
 */
export function resultOfRun(run: StageRun, context: OutcomeContext): JsonObject | null {
  if (run.stopped === "timeout" || run.stopped === "memory") failStopped(run.stopped, context);
  if (run.exitCode === 0) return checkResult(run, `Stage "${context.taskName}"`);
  if (run.stopped) failStopped(run.stopped, context);
  failByExit(run, `Stage "${context.taskName}"`);
}

/**
 * Says why a signal aborted. One that was aborted without a reason of ours counts as a wish to cancel.
 *
 * @param signal Signal of an attempt, aborted.
 */
export function stopReason(signal: AbortSignal): StopReason {
  const { reason } = signal;
  return reason === "timeout" || Object.hasOwn(STOP_CAUSES, reason) ? reason : "cancelled";
}

/**
 * Fails an attempt that was ended by the runner.
 *
 * @param reason Why it was ended.
 * @param context What the sentence needs to know.
 * @throws {TaskFailure} Always.
 */
export function failStopped(reason: NonNullable<StageRun["stopped"]>, context: OutcomeContext): never {
  const name = `Stage "${context.taskName}"`;
  if (reason === "timeout") {
    fail("timeout", `${name} ran longer than its ${context.timeoutSec} s and was ended`);
  }
  if (reason === "memory") {
    fail(
      "memory",
      `${name} used more memory than its limit of ${formatBytes(context.memoryBytes ?? 0)} and was killed`,
    );
  }
  fail(reason === "lost" ? "lost" : "signal", `${name} was ended, because ${STOP_CAUSES[reason]}`);
}

function checkResult(run: StageRun, name: string): JsonObject | null {
  if (run.resultProblem) {
    fail("result", `${name} gave a result that cannot be used: ${run.resultProblem}`, run.resultTooLarge);
  }
  const result = run.result ?? null;
  if (result?.status === "error") {
    const { message, error } = result;
    const text = [message, error].find((value) => typeof value === "string") ??
      `${name} gave a result with status "error"`;
    fail("result", text as string);
  }
  return result;
}

function failByExit({ exitCode, signal, errorTail }: StageRun, name: string): never {
  const line = findFailureLine(errorTail);
  const missing = describeMissingPermission(line, name);
  if (missing) fail("permission", missing, true);
  if (exitCode === EXIT_BAD_INPUT) {
    fail("bad_input", line ?? `${name} refused its input without saying why`, true);
  }
  if (exitCode === EXIT_NOT_NOW) fail("not_now", line ?? `${name} cannot run now and did not say why`);
  if (signal !== null) {
    fail(
      "signal",
      `${name} was ended by ${signalName(signal)}${line ? `: ${line}` : SIGNAL_CAUSES[signal] ?? ""}`,
    );
  }
  fail("exit", line ?? `${name} ended with exit code ${exitCode} and wrote nothing to standard error`);
}

function fail(reason: FailureReason, message: string, permanent = false): never {
  const sentence = message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH - 1)}…` : message;
  throw new TaskFailure(storableText(sentence), { reason, permanent });
}

/**
 * Names a signal.
 *
 * @param signal Its number.
 * @returns A name such as `SIGKILL`, or `signal 34` for one without.
 */
export function signalName(signal: number): string {
  const entry = Object.entries(constants.signals).find(([, number]) => number === signal);
  return entry ? entry[0] : `signal ${signal}`;
}

/**
 * Finds the line of standard error that says why a program failed: the message of an uncaught error of Deno's, else
 * the last line that is no stack frame, excerpt or marker.
 *
 * @param text Last part of standard error.
 * @returns The line without colours and prefixes, or null.
 * @example
 * ```ts
 * import { findFailureLine } from "./outcome.ts";
 * import assert from "node:assert/strict";
 *
 * const stderr = "loading\nerror: Uncaught (in promise) Error: no such field\nthrow new Error(\n      ^\n    at main.ts:1:7\n";
 * assert.equal(findFailureLine(stderr), "no such field");
 * assert.equal(findFailureLine("warming up\nValueError: bad shape\n"), "ValueError: bad shape");
 * ```
 */
export function findFailureLine(text: string): string | null {
  // deno-lint-ignore no-control-regex -- colours are control sequences
  const lines = text.replaceAll(/\x1b\[[0-9;]*[A-Za-z]/g, "").split("\n").map((line) => line.trimEnd());
  const line = lines.findLast((line) => line.startsWith("error: Uncaught")) ??
    lines.findLast((line, index) => isTelling(line) && !isMarker(lines[index + 1] ?? ""));
  return line?.trim().replace(/^error: /, "").replace(/^Uncaught (\([^)]*\) )?/, "").replace(
    /^Error: /,
    "",
  ) ?? null;
}

/**
 * Deno ends its own errors with a backtrace of two lines, which is always empty in releases; before that, those of
 * syntax have an excerpt of the source behind bars.
 */
function isTelling(line: string): boolean {
  return line !== "" &&
    !/^\s+at |^Stack backtrace:|^\s+\d+: <unknown>|^\[log cut here|^\s*\d+ \||^\s+\|/.test(line) &&
    !isMarker(line);
}

/** A line of carets, which points into the excerpt of source above it. */
function isMarker(line: string): boolean {
  return /^\s*[~^]+\s*$/.test(line);
}

/** Deno says which flag to add; the stage's author needs to know which entry of the manifest. */
function describeMissingPermission(line: string | null, name: string): string | null {
  const match = /Requires (read|write|net|env|run|ffi|sys|import) access(?: to (.+?))?, run again with/.exec(
    line ?? "",
  );
  if (!match) return null;
  const [, kind, target] = match;
  return `${name} needs ${kind} access${
    target ? ` to ${target}` : ""
  }, which permissions.${kind} of its manifest does not grant`;
}
