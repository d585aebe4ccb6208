/**
 * One attempt while it runs.
 *
 * @module
 */

import { pause } from "../backoff.ts";
import type { AttemptReport, ClaimedTask, JsonObject, StopReason, TaskExecutor } from "../task.ts";

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

/** An attempt that an executor works on. */
export class RunningTask {
  /** The task. */
  readonly task: ClaimedTask;
  /** What is known of the run so far. */
  readonly report: AttemptReport = {};
  /** What the database said became of the claim; nothing that the executor returns counts then. */
  revoked?: "lost" | "cancelled";
  /** Since when the lease runs without a beat, by the monotonic clock. */
  contactMs: number;
  readonly #startMs = performance.now();
  readonly #controller = new AbortController();
  readonly #options: RunningTaskOptions;

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
    return this.#controller.signal.aborted ? this.#controller.signal.reason : undefined;
  }

  /** Tells the executor to stop. Only the first reason counts. */
  stop(reason: StopReason): void {
    this.#controller.abort(reason);
  }

  /** Runs the executor to its end, or until it has been stuck for too long. */
  async run(executor: TaskExecutor): Promise<Settled> {
    const { signal } = this.#controller;
    const over = new AbortController();
    this.#startTimeout(over.signal);
    try {
      return await Promise.race([this.#execute(executor), this.#giveUp(signal, over.signal)]);
    } finally {
      over.abort();
      this.report.durationMs ??= Math.round(performance.now() - this.#startMs);
    }
  }

  async #execute(executor: TaskExecutor): Promise<Settled> {
    const { signal } = this.#controller;
    try {
      const result = await executor(this.task, {
        signal,
        progress: (fraction, message) => this.#progress(fraction, message),
        log: (line) => this.#options.onLog?.(this, line),
        report: (report) => void Object.assign(this.report, report),
      });
      return { kind: "returned", result };
    } catch (error) {
      return { kind: "threw", error };
    }
  }

  async #startTimeout(over: AbortSignal): Promise<void> {
    if (await pause(this.task.timeoutSec * 1000, over)) this.stop("timeout");
  }

  /** Settles when the executor has not ended for too long after it was told to. */
  async #giveUp(signal: AbortSignal, over: AbortSignal): Promise<Settled> {
    if (!signal.aborted) {
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true, signal: over });
      });
    }
    await pause(this.#options.stopWithinSec * 1000, over);
    return { kind: "stuck" };
  }

  #progress(fraction: number, message?: string): void {
    if (Number.isNaN(fraction) || this.#controller.signal.aborted) return;
    this.#options.onProgress(this, Math.min(1, Math.max(0, fraction)), message);
  }
}
