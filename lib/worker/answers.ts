/**
 * What the worker makes of the database's answers to outcomes.
 *
 * @module
 */

import type { TaskExecutor } from "../task.ts";
import type { OutcomeAnswer } from "./outcome_calls.ts";
import { messageOf } from "./contact.ts";
import { attemptOf, type WorkerEventListener, type WorkerSummary } from "./events.ts";
import { acknowledgement, type Outcome } from "./outcome.ts";

/** Counts and tells how attempts ended. */
export class AnswerDesk {
  /** How many ended how. */
  readonly summary: WorkerSummary = {
    completed: 0,
    failed: 0,
    postponed: 0,
    released: 0,
    lost: 0,
    cancelled: 0,
  };
  readonly #executor: TaskExecutor;
  readonly #emit: WorkerEventListener;
  readonly #publishing = new Set<Promise<void>>();

  /** Tells `executor` about accepted results, and `emit` about everything. */
  constructor(executor: TaskExecutor, emit: WorkerEventListener) {
    this.#executor = executor;
    this.#emit = emit;
  }

  /**
   * Takes an answer.
   *
   * @returns An outcome to be written next: a claim that turned out to be over is acknowledged.
   */
  take(outcome: Outcome, answer: OutcomeAnswer): Outcome | null {
    const { name, task, report, revoked } = outcome;
    if (name === "acknowledge_tasks") {
      this.#over(outcome, revoked ?? "lost", answer.message);
      return null;
    }
    switch (answer.outcome) {
      case "ok":
        this.#accepted(outcome, answer);
        return null;
      case "stale":
      case "cancelled":
        return acknowledgement(task, report, answer.outcome === "stale" ? "lost" : "cancelled");
      default: {
        const message = answer.message ?? "The result could not be stored";
        const reason = answer.outcome === "sink_failed" ? "sink" : "result";
        this.#failed(outcome, { reason, message }, answer);
        return null;
      }
    }
  }

  /** A claim whose end cannot be told: it ends with its lease. */
  abandoned(outcome: Pick<Outcome, "task">, message: string): void {
    this.summary.lost++;
    this.#emit({ type: "lost", ...attemptOf(outcome.task), message });
  }

  /** Resolves when the executor has dealt with all accepted results. */
  async whenPublished(): Promise<void> {
    await Promise.all(this.#publishing);
  }

  #accepted(outcome: Outcome, answer: OutcomeAnswer): void {
    const { name, task, report, failure } = outcome;
    if (failure) return this.#failed(outcome, failure, answer);
    if (name === "release_tasks") {
      this.summary.released++;
      return this.#emit({ type: "released", ...attemptOf(task) });
    }
    this.summary.completed++;
    this.#emit({ type: "completed", ...attemptOf(task), durationMs: report.durationMs ?? 0 });
    if (!this.#executor.accepted) return;
    const publishing: Promise<void> = this.#publish(outcome).finally(() =>
      this.#publishing.delete(publishing)
    );
    this.#publishing.add(publishing);
  }

  async #publish({ task }: Outcome): Promise<void> {
    try {
      await this.#executor.accepted?.(task);
    } catch (error) {
      const name = `${task.taskName} ${task.taskId}`;
      this.#emit({
        type: "warning",
        message: `Products of ${name} could not be published: ${messageOf(error)}`,
      });
    }
  }

  #failed(
    { task }: Outcome,
    { reason, message }: { reason: string; message: string },
    answer: OutcomeAnswer,
  ): void {
    const { status = null, retryAt = null } = answer;
    // of a "not now" that came too often in a row the answer says that it counts
    const excess = reason === "not_now" ? answer.message : null;
    if (reason === "not_now" && status === "pending" && excess === null) {
      this.summary.postponed++;
      return this.#emit({ type: "postponed", ...attemptOf(task), message, retryAt });
    }
    this.summary.failed++;
    const why = excess === null ? message : `${message} (${excess})`;
    this.#emit({ type: "failed", ...attemptOf(task), reason, message: why, status, retryAt });
  }

  #over({ task }: Outcome, revoked: "lost" | "cancelled", message: string | null): void {
    this.summary[revoked]++;
    if (revoked === "cancelled") this.#emit({ type: "cancelled", ...attemptOf(task) });
    else {this.#emit({
        type: "lost",
        ...attemptOf(task),
        message: message ?? "The claim is not this worker's any more",
      });}
  }
}
