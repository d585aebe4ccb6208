/**
 * Progress on its way to the database: the newest of each task, once a second at most.
 *
 * @module
 */

import { DatabaseUnavailableError } from "../errors.ts";
import { storableText } from "../json.ts";
import type { Verdict, WorkerCalls } from "./calls.ts";
import { attemptOf, type WorkerEventListener } from "./events.ts";
import type { RunningTask } from "./running_task.ts";
import { waitAtMost } from "./waiting.ts";

const INTERVAL_MS = 1_000;
/** The last word holds no end up for longer. */
const LAST_WITHIN_MS = 2_000;
/** Longest message, in characters. */
const MESSAGE_LENGTH = 500;

/** How far a task is. */
interface Mark {
  readonly fraction: number;
  readonly message?: string;
}

/** Passes progress on. A flood of it costs the database nothing more than a trickle. */
export class ProgressReporter {
  readonly #calls: WorkerCalls;
  readonly #emit: WorkerEventListener;
  readonly #onVerdicts: (verdicts: readonly Verdict[]) => void;
  readonly #marks = new Map<RunningTask, Mark>();
  #timer?: ReturnType<typeof setTimeout>;
  #sending: Promise<void> = Promise.resolve();
  #lastMs = -Infinity;

  /** Passes progress on by `calls` and as events. */
  constructor(
    calls: WorkerCalls,
    emit: WorkerEventListener,
    onVerdicts: (verdicts: readonly Verdict[]) => void,
  ) {
    this.#calls = calls;
    this.#emit = emit;
    this.#onVerdicts = onVerdicts;
  }

  /** Takes how far a task is. */
  add(running: RunningTask, fraction: number, message?: string): void {
    const text = message === undefined ? undefined : storableText(String(message).slice(0, MESSAGE_LENGTH));
    this.#marks.set(running, { fraction, message: text });
    this.#timer ??= setTimeout(() => {
      this.#sending = this.#send();
    }, Math.max(0, this.#lastMs + INTERVAL_MS - performance.now()));
  }

  /** Forgets a task that has ended. */
  remove(running: RunningTask): void {
    this.#marks.delete(running);
  }

  /** Stops; waits for what is under way, but not for long. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await waitAtMost(LAST_WITHIN_MS, this.#sending);
  }

  async #send(): Promise<void> {
    this.#lastMs = performance.now();
    this.#timer = undefined;
    const marks = [...this.#marks];
    this.#marks.clear();
    for (const [{ task }, mark] of marks) this.#emit({ type: "progress", ...attemptOf(task), ...mark });
    try {
      const items = marks.map(([{ task: { taskId, attempt } }, mark]) => ({ taskId, attempt, ...mark }));
      if (items.length === 0) return;
      await this.#calls.claimReserved(marks.map(([{ task }]) => task));
      this.#onVerdicts(await this.#calls.reportProgress(items));
    } catch (error) {
      // Progress of a moment ago is worth nothing later: heartbeats tell that the database is away.
      if (!(error instanceof DatabaseUnavailableError)) {
        this.#emit({ type: "warning", message: `Progress could not be stored: ${(error as Error).message}` });
      }
    }
  }
}
