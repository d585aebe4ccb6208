/**
 * What the end of a run means for its claim: complete, fail, release, or acknowledge that it is over.
 *
 * @module
 */

import { TaskFailure } from "../errors.ts";
import { storableJson, storableText, UnstorableValueError } from "../json.ts";
import type { AttemptReport, ClaimedTask } from "../task.ts";
import type { OutcomeFunction } from "./outcome_calls.ts";
import type { RunningTask, Settled } from "./running_task.ts";

/** Longest message of a failure, in characters. */
const MESSAGE_LENGTH = 4_000;
/** Longest log of a run, in characters; what executors keep is shorter. */
const LOG_LENGTH = 200_000;

/** What an outcome says, as JSON texts by the names of the database. */
export interface OutcomeParts {
  /** The report. */
  readonly report: string;
  /** The result; only of completions. */
  readonly result?: string;
  /** More, for failures. */
  readonly [name: string]: string | undefined;
}

/** Something to be written about a claim. */
export interface Outcome {
  /** Function that takes it. */
  readonly name: OutcomeFunction;
  /** The claim. */
  readonly task: ClaimedTask;
  /**
   * The reservation by which the database is told; null = as of a claim. It stays, though what was reserved may become a
   * claim while its outcome waits.
   */
  readonly reservationId: string | null;
  /** What is said besides which claim it is, as JSON texts. */
  readonly parts: OutcomeParts;
  /** What is known of the run. */
  readonly report: AttemptReport;
  /** Why it failed; only for failures. */
  readonly failure?: { readonly reason: string; readonly message: string };
  /** What became of the claim; only for acknowledgements. */
  readonly revoked?: "lost" | "cancelled";
}

/**
 * The outcome of a run that has ended; null when nothing may be said about it, because its code may still be running:
 * the claim then ends with its lease.
 */
export function outcomeOf(running: RunningTask, settled: Settled): Outcome | null {
  const { task, report, revoked, stopReason } = running;
  if (revoked) return settled.kind === "stuck" ? null : acknowledgement(task, report, revoked);
  if (stopReason === "timeout") return failure(task, report, timeoutFailure(task, settled));
  if (settled.kind === "stuck") return null;
  if (settled.kind === "returned") return completion(task, report, settled.result);
  if (stopReason === "shutdown") return release(task, report);
  if (stopReason === "lost") {
    return failure(task, report, {
      reason: "lost",
      message: "The worker had no contact with the database until shortly before the end of its lease",
    });
  }
  return failure(task, withStack(report, settled.error), describeError(settled.error));
}

/**
 * Gives a claim back without a failure.
 *
 * @param report Of a run that was begun: as of a claim, because others would get the same attempt of what is reserved.
 */
export function release(task: ClaimedTask, report?: AttemptReport): Outcome {
  const reservationId = report ? null : task.reservationId ?? null;
  const parts = { report: reportText(report ?? {}) };
  return { name: "release_tasks", task, reservationId, report: report ?? {}, parts };
}

/** Tells that nothing of a claim that is over is running any more. */
export function acknowledgement(
  task: ClaimedTask,
  report: AttemptReport,
  revoked: "lost" | "cancelled",
): Outcome {
  const parts = { report: reportText(report) };
  return { name: "acknowledge_tasks", task, reservationId: null, report, revoked, parts };
}

/** Completes a claim, or fails it when the result cannot be stored. */
function completion(task: ClaimedTask, report: AttemptReport, result: unknown): Outcome {
  try {
    const parts = { result: resultText(result), report: reportText(report) };
    return { name: "complete_tasks", task, reservationId: task.reservationId ?? null, report, parts };
  } catch (error) {
    if (!(error instanceof UnstorableValueError)) throw error;
    return failure(task, report, { reason: "result", message: `The task's ${error.message}` });
  }
}

function resultText(result: unknown): string {
  if (typeof result === "object" && !Array.isArray(result)) return storableJson(result, "result");
  const kind = Array.isArray(result) ? "an array" : result === undefined ? "undefined" : `a ${typeof result}`;
  throw new UnstorableValueError("result", `is ${kind}; it must be a JSON object, or null for none`);
}

/** Why a run failed. */
interface Failure {
  readonly reason: string;
  readonly message: string;
  readonly permanent?: boolean;
}

/** Fails a claim. */
export function failure(task: ClaimedTask, report: AttemptReport, cause: Failure): Outcome {
  const { reason, permanent = false } = cause;
  const message = shortened(cause.message);
  const parts = {
    report: reportText(report),
    reason: JSON.stringify(reason),
    message: JSON.stringify(message),
    permanent: String(permanent),
    "not_now": String(reason === "not_now"),
  };
  return { name: "fail_tasks", task, reservationId: null, report, failure: { reason, message }, parts };
}

function timeoutFailure({ taskName, timeoutSec }: ClaimedTask, settled: Settled): Failure {
  if (
    settled.kind === "threw" && settled.error instanceof TaskFailure && settled.error.reason === "timeout"
  ) {
    return describeError(settled.error);
  }
  const end = settled.kind === "stuck" ? "and does not end though it was told to" : "and was ended";
  return { reason: "timeout", message: `Task "${taskName}" ran longer than its ${timeoutSec} s ${end}` };
}

function describeError(error: unknown): Failure {
  if (error instanceof TaskFailure) {
    const { reason, message, permanent } = error;
    return { reason, message, permanent };
  }
  if (!(error instanceof Error)) {
    return { reason: "error", message: `The executor threw ${describeValue(error)}` };
  }
  const { name, message } = error;
  return { reason: "error", message: name === "Error" && message ? message : `${name}: ${message}` };
}

function describeValue(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `a value of type ${typeof value}`; // no prototype, or a toString of its own that throws
  }
}

/** Errors of an in-process executor leave no other trace of where they came from. */
function withStack(report: AttemptReport, error: unknown): AttemptReport {
  const stack = error instanceof Error && !(error instanceof TaskFailure) ? error.stack : undefined;
  return stack === undefined || report.logTail !== undefined ? report : { ...report, logTail: stack };
}

function shortened(message: string): string {
  const text = storableText(message);
  return text.length <= MESSAGE_LENGTH ? text : `${storableText(text.slice(0, MESSAGE_LENGTH - 1))}…`;
}

/** An outcome as an item of the function that takes it, in JSON. */
export function outcomeText({ task, parts }: Pick<Outcome, "task" | "parts">): string {
  let text = `{"task_id":"${task.taskId}","attempt":${task.attempt}`; // an id is a UUID
  for (const name in parts) text += `,"${name}":${parts[name]}`;
  return `${text}}`;
}

/** About how long an outcome is when it is sent, in characters. */
export function outcomeLength({ parts }: Pick<Outcome, "parts">): number {
  let length = 80;
  for (const name in parts) length += parts[name]!.length;
  return length;
}

/** Each part of a report: its name in the database, and what makes it storable. */
const REPORT_PARTS: {
  readonly [Key in keyof AttemptReport]-?: readonly [string, (value: unknown) => unknown];
} = {
  exitCode: ["exit_code", wholeNumber],
  durationMs: ["duration_ms", wholeNumber],
  cpuMs: ["cpu_ms", wholeNumber],
  peakMemoryBytes: ["peak_memory_bytes", wholeNumber],
  signal: ["signal", text],
  flags: ["flags", texts],
  logTail: ["log_tail", text],
  workDir: ["work_dir", text],
};

/** An executor may report anything: what cannot be stored is left out, so that it harms no outcome. */
function reportText(report: AttemptReport): string {
  let parts = "";
  for (const key in report) {
    if (!Object.hasOwn(REPORT_PARTS, key)) continue;
    const [name, storable] = REPORT_PARTS[key as keyof AttemptReport];
    const value = storable(report[key as keyof AttemptReport]);
    if (value !== undefined) parts += `${parts && ","}"${name}":${JSON.stringify(value)}`;
  }
  return `{${parts}}`;
}

function wholeNumber(value: unknown): number | undefined {
  return Number.isFinite(value) ? Math.round(value as number) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? storableText(value.slice(-LOG_LENGTH)) : undefined;
}

function texts(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.map((item) => storableText(String(item))) : undefined;
}
