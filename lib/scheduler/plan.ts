/**
 * What a scheduler does about a schedule that is due: which due times it fires and which it passes over.
 *
 * @module
 */

import { InvalidArgumentError } from "../errors.ts";
import type { Schedule } from "./documents.ts";
import { Timetable } from "./timetable.ts";

/** Missed due times are counted up to here: a schedule of seconds has millions of them after a holiday. */
export const MOST_COUNTED = 1000;

/** One due time to fire. */
export interface Firing {
  /** Next due time that the schedule must still have. */
  readonly expectedDueAt: Date;
  /** Due time to fire. */
  readonly dueAt: Date;
  /** Next due time after it; null when there is none. */
  readonly nextDueAt: Date | null;
  /** How many due times, from the expected one on, are passed over; counted to {@linkcode MOST_COUNTED}. */
  readonly missedCount: number;
  /** Why nothing is spawned; undefined when something is. */
  readonly skipReason?: string;
  /** What is worth knowing of the run. */
  readonly note?: string;
}

/** What a plan needs to know of a schedule. */
export type PlannedSchedule = Pick<
  Schedule,
  | "cronExpression"
  | "timezone"
  | "startsAt"
  | "endsAt"
  | "nextDueAt"
  | "offsetSec"
  | "missed"
  | "missedLimit"
  | "graceSec"
>;

/**
 * Plans a schedule that is due. When several due times have passed, all but the last are missed: `once` runs the last
 * one for all of them; `skip` does so too, unless it is late by more than the grace; `all` runs each, the oldest first,
 * but no more than the newest `missedLimit`.
 *
 * @param schedule An active schedule; its next due time has passed.
 * @param now The database's time.
 * @returns Due times in order. Each is worked out when the one before has been fired.
 * @throws InvalidArgumentError when expression or zone cannot be used.
 */
export function* planFirings(schedule: PlannedSchedule, now: Date): Generator<Firing, void> {
  const timetable = new Timetable(schedule);
  const expectedDueAt = schedule.nextDueAt!;
  if (Number.isNaN(expectedDueAt.getTime())) {
    throw new InvalidArgumentError("The next due time is no point in time that can be counted from");
  }
  // what is due later than this has its run in the future
  const until = new Date(now.getTime() - schedule.offsetSec * 1000);
  const dueAt = timetable.latest(expectedDueAt, until) ?? expectedDueAt;
  if (schedule.missed === "all") return yield* planAll(timetable, schedule, until);
  const lateSec = (until.getTime() - dueAt.getTime()) / 1000;
  const missedCount = countBetween(timetable, expectedDueAt, dueAt);
  yield {
    expectedDueAt,
    dueAt,
    nextDueAt: timetable.next(dueAt),
    missedCount,
    skipReason: schedule.missed === "skip" && lateSec > schedule.graceSec
      ? `Missed: no scheduler fired it within ${schedule.graceSec} s, and missed runs are skipped`
      : undefined,
    note: missedCount > 0 ? `${describeMissed(missedCount)} before it` : undefined,
  };
}

function* planAll(timetable: Timetable, schedule: PlannedSchedule, until: Date): Generator<Firing, void> {
  const { missedLimit } = schedule;
  let expectedDueAt = schedule.nextDueAt!;
  let dueAt: Date | null = newest(timetable, { from: expectedDueAt, until, count: missedLimit });
  while (dueAt && dueAt <= until) {
    const nextDueAt = timetable.next(dueAt);
    const missedCount = countBetween(timetable, expectedDueAt, dueAt);
    const note = missedCount > 0
      ? `${describeMissed(missedCount)} before it, beyond the limit of ${missedLimit}`
      : undefined;
    yield { expectedDueAt, dueAt, nextDueAt, missedCount, note };
    if (!nextDueAt) return;
    [expectedDueAt, dueAt] = [nextDueAt, nextDueAt];
  }
}

/** The first of the newest `count` due times from `from` to `until`. */
function newest(
  timetable: Timetable,
  { from, until, count }: { from: Date; until: Date; count: number },
): Date {
  let oldest = from;
  // few enough to run all of them, as is usual: no need to look from the other end
  if (countBetween(timetable, from, until, count) < count) return oldest;
  let last: Date | null = until;
  for (let found = 0; found < count && last; found++) {
    last = timetable.latest(from, last);
    if (!last) break;
    oldest = last;
    last = new Date(last.getTime() - 1);
  }
  return oldest;
}

/** How many due times there are from `from` to before `until`, `from` counted as one; no more than `most`. */
function countBetween(timetable: Timetable, from: Date, until: Date, most = MOST_COUNTED): number {
  let count = 0;
  for (let time: Date | null = from; time && time < until && count < most; count++) {
    time = timetable.next(time);
  }
  return count;
}

function describeMissed(count: number): string {
  if (count === 1) return "1 due time was missed";
  return `${count}${count === MOST_COUNTED ? " or more" : ""} due times were missed`;
}
