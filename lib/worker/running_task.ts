/**
 * One attempt while it runs.
 *
 * @module
 */

import type {
  AttemptReport,
  ClaimedTask,
  JsonObject,
  StopReason,
  TaskContext,
  TaskExecutor,
} from "../task.ts";
import { callOff, type TimeLimited, timeOutAfter } from "../timeouts.ts";

/** How an executor settled. */
export type Settled =
  | { readonly kind: "returned"; readonly result: JsonObject | null }
  | { readonly kind: "threw"; readonly error: unknown }
  /** It was told to stop and did not, for longer than it may take. */
  | { readonly kind: "stuck" };

/** What a running task tells its worker. */
export interface RunningTaskOptions {
  /** How long the executor may take to end after it was told to, in seconds; then nobody waits for it any more. */
  readonly stopWithinSec: number;
  /** Receives progress. */
  onProgress(running: RunningTask, fraction: number, message?: string): void;
  /** Receives lines of the log. */
  onLog?(running: RunningTask, line: string): void;
}

/** An attempt that an executor works on. Most last a moment: nothing is set up that only a long one needs. */
export class RunningTask implements TimeLimited {
  /** The task. */
  readonly task: ClaimedTask;
  /** What is known of the run so far. */
  readonly report: AttemptReport = {};
  /** What the database said became of the claim; nothing that the executor returns counts then. */
  revoked?: "lost" | "cancelled";
  /** Since when the lease runs without a beat, by the monotonic clock. */
  contactMs: number;
  /** When it began, by the monotonic clock. */
  readonly startMs: number = performance.now();
  /** When it ended, by the monotonic clock; undefined while it runs. */
  endMs?: number;
  readonly #options: RunningTaskOptions;
  /** Made when somebody asks for its signal. */
  #controller?: AbortController;
  #stopReason?: StopReason;
  #stuckTimer?: ReturnType<typeof setTimeout>;
  #ended?: (running: RunningTask, settled: Settled) => void;

  /**
   * @param task The claim.
   * @param claimedMs Just before it was claimed, by the monotonic clock.
   */
  constructor(task: ClaimedTask, claimedMs: number, options: RunningTaskOptions) {
    this.task = task;
    this.contactMs = claimedMs;
    this.#options = options;
  }

  /** Why it was told to stop; undefined when it was not. */
  get stopReason(): StopReason | undefined {
    return this.#stopReason;
  }

  /** How long it ran, in milliseconds; 0 while it runs. */
  get ranMs(): number {
    return this.endMs === undefined ? 0 : this.endMs - this.startMs;
  }

  /** Tells the executor to stop. Only the first reason counts. */
  stop(reason: StopReason): void {
    if (this.#stopReason !== undefined) return;
    this.#stopReason = reason;
    this.#controller?.abort(reason);
    if (this.endMs !== undefined) return;
    this.#stuckTimer = setTimeout(
      () => this.#settle({ kind: "stuck" }),
      this.#options.stopWithinSec * 1000,
    );
  }

  /** Called when its time is over. */
  timeOut(): void {
    this.stop("timeout");
  }

  /**
   * Runs the executor to its end, or until it has been stuck for too long.
   *
   * @param ended Told how it ended, never before this returns. No promise, and no function of its own for each task:
   *   both outlive a short run.
   */
  run(executor: TaskExecutor, ended: (running: RunningTask, settled: Settled) => void): void {
    this.#ended = ended;
    const running = this.#begin(executor); // before anything that could be done meanwhile
    timeOutAfter(this.task.timeoutSec * 1000, this, this.startMs);
    running.then(
      (result) => this.#settle({ kind: "returned", result }),
      (error) => this.#settle({ kind: "threw", error }),
    );
  }

  /** An executor may return anything that can be awaited, or nothing at all. */
  #begin(executor: TaskExecutor): Promise<JsonObject | null> {
    try {
      return Promise.resolve(executor(this.task, new Context(this)));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Only the first time counts. */
  #settle(settled: Settled): void {
    if (this.endMs !== undefined) return;
    this.endMs = performance.now();
    this.report.durationMs ??= Math.round(this.ranMs);
    callOff(this.task.timeoutSec * 1000, this);
    if (this.#stuckTimer !== undefined) clearTimeout(this.#stuckTimer);
    this.#ended?.(this, settled);
  }

  /** Aborts when it must end. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#stopReason !== undefined) this.#controller.abort(this.#stopReason);
    }
    return this.#controller.signal;
  }

  /** Tells how far it is. */
  progress(fraction: number, message?: string): void {
    if (Number.isNaN(fraction) || this.#stopReason !== undefined) return;
    this.#options.onProgress(this, Math.min(1, Math.max(0, fraction)), message);
  }

  /** Adds a line to its log. */
  log(line: string): void {
    this.#options.onLog?.(this, line);
  }
}

/** What an executor sees of it. Functions are made when they are asked for, so that they can be taken out of it. */
class Context implements TaskContext {
  readonly #running: RunningTask;

  constructor(running: RunningTask) {
    this.#running = running;
  }

  get signal(): AbortSignal {
    return this.#running.signal;
  }

  get progress(): TaskContext["progress"] {
    return (fraction, message) => this.#running.progress(fraction, message);
  }

  get log(): TaskContext["log"] {
    return (line) => this.#running.log(line);
  }

  get report(): TaskContext["report"] {
    return (report) => void Object.assign(this.#running.report, report);
  }
}
