/**
 * How many tasks a worker runs, and how many more of which names it may take.
 *
 * @module
 */

import type { Ahead } from "./ahead.ts";
import type { ManifestSettings } from "../stage/manifest.ts";
import { MAX_BATCH } from "./outcome_queue.ts";
import type { RunningTask } from "./running_task.ts";

/**
 * So many are asked for where nothing says that there are more: the database serves that sooner than a claim of
 * hundreds, the first of them start sooner, and the next claim may reserve the rest.
 */
export const FIRST = 50;
const NONE = { size: 0, room: 0, backlog: true };

/** What may be claimed now. */
export interface ClaimRequest {
  /** At most so many. */
  readonly limit: number;
  /** How many of these would wait for a place. */
  readonly ahead: number;
  /** Only tasks of these names; null = any. */
  readonly taskNames: readonly string[] | null;
}

/** Places for tasks that run at the same time. */
export class Slots {
  readonly #concurrency: number;
  readonly #settings?: ManifestSettings;
  readonly #running = new Set<RunningTask>();
  #waiting: (() => void)[] = [];

  /**
   * @param concurrency Tasks at a time.
   * @param settings Task names, and limits for some of them.
   */
  constructor(concurrency: number, settings?: ManifestSettings) {
    this.#concurrency = concurrency;
    this.#settings = settings;
  }

  /** Tasks that run now. */
  get running(): readonly RunningTask[] {
    return [...this.#running];
  }

  /** True when nothing runs. */
  get empty(): boolean {
    return this.#running.size === 0;
  }

  /** True when all places are taken. */
  get full(): boolean {
    return this.#running.size >= this.#concurrency;
  }

  /** Takes a place. */
  add(running: RunningTask): void {
    this.#running.add(running);
  }

  /** Gives a place back. */
  remove(running: RunningTask): void {
    this.#running.delete(running);
    if (!this.empty) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when nothing runs. */
  whenEmpty(): Promise<void> {
    if (this.empty) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * What may be claimed now; null when there is no place.
   *
   * No more is asked for than one call completes: a second one for the few that are left costs as much as 40 tasks. Nor
   * more than fits whatever comes: where a name has a limit of its own, a claim takes at most what is left of it, and the
   * next claim takes the rest. So priorities hold across names.
   *
   * @param most At most so many in any case.
   * @param ahead Claims that wait for a place, and how many may: half of these are asked for together, at
   *   least; and whether there may be a backlog.
   */
  request(most: number, ahead: Pick<Ahead, "size" | "room" | "backlog"> = NONE): ClaimRequest | null {
    const places = this.#concurrency - this.#running.size - ahead.size; // those that wait come first
    const wanted = places + ahead.room;
    if (wanted < Math.max(1, ahead.room / 2)) return null;
    const free = Math.min(most, wanted, ahead.backlog || ahead.room > 0 ? MAX_BATCH : FIRST);
    if (free <= 0) return null;
    const aheadOf = (limit: number) => Math.max(0, limit - Math.max(0, places));
    if (!this.#settings) return { limit: free, ahead: aheadOf(free), taskNames: null };
    const open = this.#settings.taskNames
      .map((name) => ({ name, left: this.#left(name) }))
      .filter(({ left }) => left > 0);
    if (open.length === 0) return null;
    const limit = Math.min(free, ...open.map(({ left }) => left));
    return { limit, ahead: aheadOf(limit), taskNames: open.map(({ name }) => name) };
  }

  #left(name: string): number {
    const limit = this.#settings?.concurrency[name];
    if (limit === undefined) return Infinity;
    return limit - this.running.filter(({ task }) => task.taskName === name).length;
  }
}
