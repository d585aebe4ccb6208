/**
 * Runs claimed tasks as places get free, and hands their outcomes on.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Bell } from "../bell.ts";
import type { TaskExecutor } from "../task.ts";
import type { Ahead, WaitingClaim } from "./ahead.ts";
import type { AnswerDesk } from "./answers.ts";
import { attemptOf, type WorkerEventListener } from "./events.ts";
import type { LogShipper } from "./logs.ts";
import { outcomeOf } from "./outcome.ts";
import { MAX_PENDING, type OutcomeWriter } from "./outcomes.ts";
import type { ProgressReporter } from "./progress.ts";
import type { ReservedTasks } from "./reserved_tasks.ts";
import { RunningTask, type RunningTaskOptions, type Settled } from "./running_task.ts";
import type { Slots } from "./slots.ts";

/** Tasks started in one turn of the event loop: what these lead to must get its turn, too, or the server would idle. */
const STARTS_IN_TURN = 100;

/** What a runner works with. */
export interface RunnerOptions {
  /** What runs tasks. */
  readonly executor: TaskExecutor;
  /** Where tasks run. */
  readonly slots: Slots;
  /** Watches tasks that are only reserved. */
  readonly reserved: ReservedTasks;
  /** Where claims wait for a place. */
  readonly ahead: Ahead;
  /** Where outcomes go. */
  readonly writer: OutcomeWriter;
  /** Told of claims whose end cannot be told. */
  readonly desk: AnswerDesk;
  /** Where progress goes. */
  readonly progress: ProgressReporter;
  /** Where logs go. */
  readonly logs: LogShipper;
  /** Rung when it may be worth looking for tasks. */
  readonly bell: Bell;
  /** How long an executor may take to end after it was told to, in seconds. */
  readonly stopWithinSec: number;
  /** Nothing is started once it aborts. */
  readonly signal: AbortSignal;
  /** Told of each start. */
  emit: WorkerEventListener;
}

/** Runs tasks. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #runningOptions: RunningTaskOptions;
  #startedInTurn = 0;

  /** Nothing runs before {@linkcode fill}. */
  constructor(options: RunnerOptions) {
    const { progress, logs, stopWithinSec } = options;
    this.#options = options;
    this.#runningOptions = {
      stopWithinSec,
      onProgress: (...mark) => progress.add(...mark),
      onLog: (...line) => logs.add(...line),
    };
  }

  /**
   * Starts claims that wait, as far as there are places.
   *
   * @param nowMs The time by the monotonic clock.
   */
  fill(nowMs: number = performance.now()): void {
    const { slots, ahead, writer, signal } = this.#options;
    while (!signal.aborted && !slots.full && writer.size < MAX_PENDING && this.#mayStart()) {
      const claim = ahead.take(nowMs);
      if (!claim) return;
      this.#start(claim);
      if (this.#startedInTurn++ === 0) setImmediate(this.#nextTurn); // takes longer than a start
    }
  }

  #mayStart(): boolean {
    return this.#startedInTurn < STARTS_IN_TURN;
  }

  readonly #nextTurn = (): void => {
    this.#startedInTurn = 0;
    this.fill();
  };

  /** Starts one task. */
  #start({ task, claimedMs }: WaitingClaim): void {
    const { executor, slots, reserved, emit } = this.#options;
    const running = new RunningTask(task, claimedMs, this.#runningOptions);
    slots.add(running);
    if (task.reservationId) reserved.watch();
    emit({ type: "claimed", ...attemptOf(task) });
    running.run(executor, this.#ended);
  }

  readonly #ended = (running: RunningTask, settled: Settled): void => {
    const { progress, logs } = this.#options;
    progress.remove(running);
    if (logs.knows(running)) void logs.finish(running).then(() => this.#handOn(running, settled));
    else this.#handOn(running, settled);
  };

  /** Hands the outcome to the writer, and the place to the next. */
  #handOn(running: RunningTask, settled: Settled): void {
    const { slots, ahead, writer, desk, bell } = this.#options;
    const outcome = outcomeOf(running, settled);
    if (outcome) writer.add(outcome);
    else desk.abandoned(running, "The executor does not end though it was told to");
    slots.remove(running);
    ahead.ran(running.ranMs);
    this.fill(running.endMs);
    if (ahead.low) bell.ring(); // without a backlog there is more only once somebody says so
  }
}
