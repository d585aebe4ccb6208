/**
 * Claims that wait in the worker for a place. A call that takes few tasks costs the database nearly as much as one that
 * takes many, so a worker whose tasks are short holds the next ones already when a place gets free.
 *
 * What waits is bounded by time, not only by number: it is work for a tenth of a second by the mean of recent runs, and
 * is given back when no place has got free for a quarter of a second, because runs turned out long, or after a second. The
 * mean and not the median: one long run among many short ones holds a place for as long as all of those together.
 *
 * @module
 */

import type { ManifestSettings } from "../stage/manifest.ts";
import type { ClaimedTask, TaskExecutor } from "../task.ts";
import { type ClaimId, claimName } from "./claim_id.ts";
import { MAX_BATCH } from "./outcome_queue.ts";
import { FIRST } from "./slots.ts";

/** Nothing is claimed ahead when runs take longer on average, in milliseconds. */
const SHORT_MS = 20;
/** What is held is work for so long, in milliseconds. */
const WORK_MS = 100;
/** Claims are given back when no place has got free for so long, in milliseconds. */
const PATIENCE_MS = 250;
/** No claim waits longer, in milliseconds, nor for more than this part of its lease. */
const LONGEST_WAIT_MS = 1_000;
const WAIT_PART = 1 / 8;
/** Nothing is started that late in its lease. */
const START_PART = 1 / 2;
/** Most claims that wait: those of a whole call, and as many again, that are asked for when these are begun. */
const MOST = 2 * MAX_BATCH;
/** Runs that must have ended before their mean means anything, and over how many it is taken. */
const FEWEST_RUNS = 4;
const MEAN_OVER = 32;

/** A claim that waits. */
export interface WaitingClaim {
  /** The task. */
  readonly task: ClaimedTask;
  /** Just before it was claimed, by the monotonic clock. */
  readonly claimedMs: number;
  /** When it is given back, if there is no place for it before. */
  readonly dueMs: number;
}

/** What is known of the worker. */
export interface AheadOptions {
  /** Tasks at a time. */
  readonly places: number;
  /** Lease of its claims, in seconds. */
  readonly leaseSec: number;
  /** False where no claim may wait. */
  readonly allowed: boolean;
}

/** Claims that wait, oldest first. */
export class Ahead {
  /** True when the last claim found all that it asked for: there may be more. */
  backlog = false;
  /** True when somebody told of very many tasks since the last claim. */
  announced = false;
  readonly #options: AheadOptions;
  readonly #leaseMs: number;
  /** When one was added or taken. */
  #movedMs = 0;
  #waiting: WaitingClaim[] = [];
  /** Those before are taken: shifting a long array for each would cost more than running it. */
  #taken = 0;
  #runs = 0;
  #meanMs = 0;

  /** Nothing waits yet, and nothing may before some runs have been short. */
  constructor(options: AheadOptions) {
    this.#options = options;
    this.#leaseMs = options.leaseSec * 1000;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.length - this.#taken;
  }

  /** Those that wait. */
  get tasks(): readonly ClaimedTask[] {
    return this.#waiting.slice(this.#taken).map(({ task }) => task);
  }

  /**
   * How many may wait. None where there is no backlog, or where a limit of the database keeps claims small.
   *
   * One that is only announced counts where there are few places: to find out by a claim for these costs as much as forty
   * tasks, and when many workers wake together, each does.
   */
  get room(): number {
    const { allowed, places } = this.#options;
    const expectsMany = this.backlog || this.announced && places < FIRST;
    if (!allowed || !expectsMany || this.#runs < FEWEST_RUNS || this.#meanMs > SHORT_MS) return 0;
    return Math.floor(Math.min(MOST, places * WORK_MS / this.#meanMs));
  }

  /**
   * When they will have waited too long, by the monotonic clock. While there are places, they wait for the database, and
   * giving them back would only add to that.
   */
  overdueMs(full: boolean): number {
    if (this.size === 0) return Infinity;
    const { claimedMs, dueMs } = this.#waiting[this.#taken];
    return full ? Math.min(this.#movedMs + PATIENCE_MS, dueMs) : this.#lastStartMs(claimedMs);
  }

  /** For how long nobody need look whether they have waited too long, in milliseconds. */
  patienceMs(full: boolean, nowMs: number): number {
    return this.size === 0 ? Infinity : Math.min(PATIENCE_MS, Math.max(0, this.overdueMs(full) - nowMs));
  }

  #lastStartMs(claimedMs: number): number {
    return claimedMs + this.#leaseMs * START_PART;
  }

  /** True when so few wait that it is time to claim more. */
  get low(): boolean {
    return this.backlog && this.size <= this.room / 2;
  }

  /** A run has ended that took so long. */
  ran(durationMs: number): void {
    this.#runs++;
    this.#meanMs += (durationMs - this.#meanMs) / Math.min(this.#runs, MEAN_OVER);
  }

  /** Adds claims. */
  add(tasks: readonly ClaimedTask[], claimedMs: number, nowMs: number = performance.now()): void {
    const dueMs = nowMs + Math.min(LONGEST_WAIT_MS, this.#leaseMs * WAIT_PART);
    if (this.size === 0) this.#movedMs = nowMs;
    this.#waiting.splice(0, this.#taken);
    this.#taken = 0;
    for (const task of tasks) this.#waiting.push({ task, claimedMs, dueMs });
  }

  /** Takes the oldest; undefined when there is none, or too little is left of its lease. */
  take(nowMs: number): WaitingClaim | undefined {
    if (this.size === 0) return undefined;
    const claim = this.#waiting[this.#taken];
    if (nowMs >= this.#lastStartMs(claim.claimedMs)) return undefined;
    this.#movedMs = nowMs;
    this.#taken++;
    if (this.size === 0) this.#reset();
    return claim;
  }

  /** Takes those of the claims that wait. */
  remove(claims: readonly ClaimId[]): readonly ClaimedTask[] {
    const names = new Set(claims.map(claimName));
    const isOver = ({ task }: WaitingClaim) => names.has(claimName(task));
    const waiting = this.#waiting.slice(this.#taken);
    this.#waiting = waiting.filter((claim) => !isOver(claim));
    this.#taken = 0;
    return waiting.filter(isOver).map(({ task }) => task);
  }

  /** Takes all. */
  clear(): readonly ClaimedTask[] {
    const { tasks } = this;
    this.#reset();
    return tasks;
  }

  /** Takes all when they have waited too long; more may wait only after as many short runs as outweigh that. */
  clearOverdue(full: boolean, nowMs: number = performance.now()): readonly ClaimedTask[] {
    if (nowMs < this.overdueMs(full)) return [];
    this.#meanMs = Math.max(this.#meanMs, PATIENCE_MS);
    return this.clear();
  }

  #reset(): void {
    this.#waiting = [];
    this.#taken = 0;
  }
}

/**
 * Whether claims may wait at all: not where a task is a process of its own, which takes longer to start than a claim,
 * and not where a name has a limit, of which claims that wait would take their part.
 */
export function mayClaimAhead(executor: TaskExecutor, settings?: ManifestSettings): boolean {
  if (!settings) return executor.mayWait === undefined;
  return settings.taskNames.every((name) =>
    settings.concurrency[name] === undefined && (executor.mayWait?.(name) ?? true)
  );
}
