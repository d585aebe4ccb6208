/**
 * One pass of a scheduler over what is due.
 *
 * @module
 */

import { InvalidArgumentError } from "../errors.ts";
import type { SchedulerCalls } from "./calls.ts";
import type { Schedule, ScheduleRun } from "./documents.ts";
import { type Firing, planFirings } from "./plan.ts";

/** Schedules that one scheduler fires at the same time. */
export const PARALLEL_FIRINGS = 4;

/** After so many looks without anything for us, whatever is wrong must not keep us busy. */
const MOST_VAIN_LOOKS = 2;
const VAIN_WAIT_SEC = 1;

/** How to fire. */
export interface FireOptions {
  /** Ends the pass between two due times. */
  readonly signal?: AbortSignal;
  /** Receives what became of each due time that this scheduler handled. */
  onRun?(run: ScheduleRun): void;
}

/**
 * Fires all that is due. Each due time is a transaction of its own that moves the schedule on, so this may be ended at
 * any moment, and any number of schedulers may do it at the same time.
 *
 * @returns Seconds until something is due again; null when nothing is.
 * @throws DatabaseUnavailableError when the database is away.
 */
export async function fireDueSchedules(
  calls: SchedulerCalls,
  options: FireOptions = {},
): Promise<number | null> {
  let vain = 0;
  while (true) {
    const { nowAt, waitSec, schedules } = await calls.look();
    if (schedules.length === 0 || options.signal?.aborted) return waitSec;
    // others may have been faster; a schedule that is never ours, however often it is due, is another matter
    if (vain === MOST_VAIN_LOOKS) return Math.min(waitSec ?? Infinity, VAIN_WAIT_SEC);
    const handled = await fireAll(schedules, (schedule) => fireSchedule(calls, schedule, nowAt, options));
    vain = handled > 0 ? 0 : vain + 1;
  }
}

/** Fires some at a time; returns how many due times were ours. Schedulers begin in different places, to share. */
async function fireAll(
  schedules: readonly Schedule[],
  fire: (schedule: Schedule) => Promise<number>,
): Promise<number> {
  const start = Math.floor(Math.random() * schedules.length);
  const rest = [...schedules.slice(start), ...schedules.slice(0, start)].values();
  let handled = 0;
  const loops = Array.from({ length: PARALLEL_FIRINGS }, async () => {
    for (const schedule of rest) handled += await fire(schedule);
  });
  // none may be under way any more when this ends, however it ends
  const failed = (await Promise.allSettled(loops)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
  return handled;
}

/** Fires the due times of one schedule; returns how many were ours. */
async function fireSchedule(
  calls: SchedulerCalls,
  schedule: Schedule,
  now: Date,
  { signal, onRun }: FireOptions,
): Promise<number> {
  const plan = planFirings(schedule, now);
  for (let handled = 0;; handled++) {
    const run = signal?.aborted ? null : await fireNext(calls, schedule, plan);
    if (!run) return handled;
    onRun?.(run);
    if (run.outcome === "failed") return handled + 1;
  }
}

/** Fires the next due time of a plan. A schedule that cannot be read, or not be fired, is paused. */
async function fireNext(
  calls: SchedulerCalls,
  schedule: Schedule,
  plan: Generator<Firing, void>,
): Promise<ScheduleRun | null> {
  let firing: Firing | void;
  try {
    firing = plan.next().value;
  } catch (error) {
    return await calls.fail(schedule, (error as Error).message);
  }
  if (!firing) return null;
  try {
    return await calls.fire(schedule, firing);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    return await calls.fail(schedule, error.message);
  }
}
