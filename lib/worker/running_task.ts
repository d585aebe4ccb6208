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
import { after } from "./timeouts.ts";

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
export class RunningTask {
  /** The task. */
  readonly task: ClaimedTask;
  /** What is known of the run so far. */
  readonly report: AttemptReport = {};
  /** What the database said became of the claim; nothing that the executor returns counts then. */
  revoked?: "lost" | "cancelled";
  /** Since when the lease runs without a beat, by the monotonic clock. */
  contactMs: number;
  /** When it ended, by the monotonic clock; undefined while it runs. */
  endMs?: number;
  readonly #startMs = performance.now();
  readonly #options: RunningTaskOptions;
  /** Made when somebody asks for its signal. */
  #controller?: AbortController;
  #stopReason?: StopReason;
  #stuckTimer?: ReturnType<typeof setTimeout>;
  #callOff?: () => void;
  #resolve?: (settled: Settled) => void;

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
    return this.endMs === undefined ? 0 : this.endMs - this.#startMs;
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

  /** Runs the executor to its end, or until it has been stuck for too long. */
  run(executor: TaskExecutor): Promise<Settled> {
    this.#callOff = after(this.task.timeoutSec * 1000, () => this.stop("timeout"), this.#startMs);
    return new Promise((resolve) => {
      this.#resolve = resolve;
      try {
        // An executor may return anything that can be awaited, or nothing at all.
        Promise.resolve(executor(this.task, this.#context())).then(
          (result) => this.#settle({ kind: "returned", result }),
          (error) => this.#settle({ kind: "threw", error }),
        );
      } catch (error) {
        this.#settle({ kind: "threw", error });
      }
    });
  }

  /** Only the first time counts. */
  #settle(settled: Settled): void {
    if (this.endMs !== undefined) return;
    this.endMs = performance.now();
    this.report.durationMs ??= Math.round(this.ranMs);
    this.#callOff?.();
    if (this.#stuckTimer !== undefined) clearTimeout(this.#stuckTimer);
    this.#resolve?.(settled);
  }

  #context(): TaskContext {
    const signal = () => this.#signal();
    return {
      get signal() {
        return signal();
      },
      progress: (fraction, message) => this.#progress(fraction, message),
      log: (line) => this.#options.onLog?.(this, line),
      report: (report) => void Object.assign(this.report, report),
    };
  }

  #signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#stopReason !== undefined) this.#controller.abort(this.#stopReason);
    }
    return this.#controller.signal;
  }

  #progress(fraction: number, message?: string): void {
    if (Number.isNaN(fraction) || this.#stopReason !== undefined) return;
    this.#options.onProgress(this, Math.min(1, Math.max(0, fraction)), message);
  }
}
