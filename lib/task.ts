/**
 * Tasks as the library shows them, and the only mapping from database documents to objects.
 *
 * @module
 */

/** Anything that JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** A JSON object. */
export type JsonObject = { [key: string]: JsonValue };

/** The five statuses of a task. */
export type TaskStatus = "pending" | "claimed" | "completed" | "failed" | "cancelled";

/** The status, with `pending` split by what holds the task back. */
export type TaskState =
  | "ready"
  | "scheduled"
  | "blocked"
  | "held"
  | Exclude<TaskStatus, "pending">;

/** The states of pending tasks. */
export const PENDING_STATES: readonly TaskState[] = ["ready", "scheduled", "blocked", "held"];

/** All states, in the order in which they are shown. */
export const TASK_STATES: readonly TaskState[] = [
  ...PENDING_STATES,
  "claimed",
  "completed",
  "failed",
  "cancelled",
];

/** A task that a worker holds, as its executor receives it. */
export interface ClaimedTask {
  /** UUIDv7 of the task. */
  readonly taskId: string;
  /** Name that the worker's executor (or stage manifest) looks up. */
  readonly taskName: string;
  /** Queue that the task was claimed from. */
  readonly queueName: string;
  /** Number of this claim, from 1; never reset. It is the fencing token. */
  readonly attempt: number;
  /** Parameters given at spawn. */
  readonly params: JsonObject;
  /** Results of all ancestors, by step name (by task id for parents outside the workflow). */
  readonly inputs: JsonObject;
  /** Workflow that the task is a step of. */
  readonly workflowId: string | null;
  /** Name of the step within its workflow. */
  readonly stepName: string | null;
  /** Failures counted so far. */
  readonly failures: number;
  /** Retries allowed after the first failure. */
  readonly maxRetries: number;
  /** Time limit of this attempt, in seconds. */
  readonly timeoutSec: number;
  /** True when no workflow, parent, key or sink hangs on the task; the worker completes such tasks together. */
  readonly standsAlone?: boolean;
  /**
   * The reservation that holds the task, while it is only reserved and not claimed: the worker claims it when it does
   * not end within a moment. Not for executors.
   */
  reservationId?: string | null;
}

/** What is known of one run of a task; kept with the attempt. All fields are optional. */
export interface AttemptReport {
  /** Exit code of the stage's program. */
  exitCode?: number;
  /** Signal that ended the stage's program, such as `SIGKILL`. */
  signal?: string;
  /** Wall time of the run, in milliseconds. */
  durationMs?: number;
  /** Processor time of all processes of the run, as far as seen, in milliseconds. */
  cpuMs?: number;
  /** Highest memory seen over all processes of the run, in bytes. */
  peakMemoryBytes?: number;
  /** Permission flags that the stage ran with. */
  flags?: string[];
  /** First and last part of what the stage wrote to stdout and stderr. */
  logTail?: string;
  /** Folder of the attempt. */
  workDir?: string;
}

/** Why a running attempt is being stopped; the `reason` of {@linkcode TaskContext.signal}. */
export type StopReason = "timeout" | "cancelled" | "lost" | "shutdown";

/** What an executor is handed besides the task. Members may be taken out of it; a copy by `...` has none. */
export interface TaskContext {
  /** Aborts when the attempt must end; its `reason` is a {@linkcode StopReason}. */
  readonly signal: AbortSignal;
  /** Tells how far the task is: a fraction between 0 and 1 and a short message. */
  progress(fraction: number, message?: string): void;
  /** Adds a line to the log that can be followed while the attempt runs; absent where nobody keeps one. */
  log?(line: string): void;
  /** Adds to what is kept with the attempt, whatever its outcome. */
  report(report: AttemptReport): void;
}

/**
 * Runs one task and returns its result: a JSON object, or null for none. A thrown error fails the attempt; throw a
 * `TaskFailure` to say more about it.
 *
 * When the signal aborts, the executor ends what it started before it settles. It may run several tasks at a time.
 */
export interface TaskExecutor {
  /** Runs one task. */
  (task: ClaimedTask, context: TaskContext): Promise<JsonObject | null>;
  /**
   * Says why no task should be claimed at the moment, or null: asked before each claim, so that what is wrong with a
   * machine does not make its tasks fail.
   */
  obstacle?(): Promise<string | null>;
  /**
   * Whether tasks of this name may be claimed before there is a place for them. While runs take few milliseconds, a
   * worker claims many at a time, and they wait in it for a moment. Left out, they may.
   */
  mayWait?(taskName: string): boolean;
  /**
   * Called after the database has accepted the task's result, and only then: the place to publish products under a
   * name that a stale attempt must not touch. An error changes nothing for the task.
   */
  accepted?(task: ClaimedTask): Promise<void>;
  /**
   * Called when a worker has ended and none of its tasks runs any more: ends what was kept for the next ones. The
   * executor may be called again afterwards.
   */
  close?(): Promise<void>;
}
