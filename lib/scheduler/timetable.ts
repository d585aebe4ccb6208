/**
 * When a schedule is due: a cron expression on the clock of a zone.
 *
 * The rule for clock changes. An expression whose hour field is `*`, `0-23` or a step follows elapsed time: it is due at
 * every instant at which the zone's clock shows a match, so an hour that is repeated counts again, and one that is
 * skipped is not made up for. Any other expression names hours of the day and is due exactly once for each clock time
 * that matches: a repeated time counts the first time, and a time that the clock skips is read with the offset from
 * before the change, as RFC 5545 (section 3.3.5) has it: 02:30 becomes 03:30.
 *
 * @module
 */

import { InvalidArgumentError } from "../errors.ts";
import { type CronExpression, parseCron } from "./cron.ts";
import { checkTimeZone, type Stretch, stretchAt } from "./zone.ts";

/** What a timetable is made from. */
export interface TimetableOptions {
  /** Cron expression of five or six fields, or an alias. */
  readonly cronExpression: string;
  /** Name of the IANA database. */
  readonly timezone: string;
  /** Nothing is due before this time. */
  readonly startsAt?: Date | null;
  /** Nothing is due after this time. */
  readonly endsAt?: Date | null;
}

/**
 * The due times of a schedule.
 *
 * @example Every fifteen minutes, through the hour that Berlin has twice
 * ```ts
 * import { Timetable } from "@dsa110/absurd/scheduler";
 * import assert from "node:assert/strict";
 *
 * const timetable = new Timetable({ cronExpression: "*\/15 * * * *", timezone: "Europe/Berlin" });
 * const times = timetable.list(new Date("2026-10-25T00:30:00Z"), 3);
 * assert.deepEqual(times.map((time) => time.toISOString().slice(11, 16)), ["00:45", "01:00", "01:15"]);
 * ```
 */
export class Timetable {
  readonly #cron: CronExpression;
  readonly #timezone: string;
  readonly #startsAtMs: number;
  readonly #endsAtMs: number;

  /**
   * Reads expression and zone.
   *
   * @throws InvalidArgumentError when one of them cannot be used.
   */
  constructor({ cronExpression, timezone, startsAt, endsAt }: TimetableOptions) {
    this.#cron = parseCron(cronExpression);
    checkTimeZone(timezone);
    this.#timezone = timezone;
    this.#startsAtMs = startsAt?.getTime() ?? -Infinity;
    this.#endsAtMs = endsAt?.getTime() ?? Infinity;
  }

  /** The first due time after `after`; null when there is none. */
  next(after: Date): Date | null {
    const dueMs = this.#next(Math.max(after.getTime(), this.#startsAtMs - 1));
    return dueMs === null || dueMs > this.#endsAtMs ? null : new Date(dueMs);
  }

  /** The first due time after `after`, where one is needed. Throws InvalidArgumentError when there is none. */
  require(after: Date): Date {
    const due = this.next(after);
    if (due) return due;
    const { text } = this.#cron;
    if (this.#next(after.getTime()) === null) {
      throw new InvalidArgumentError(`The cron expression "${text}" never fires`, {
        hint: "No day is the one that it asks for, as 31 February",
      });
    }
    throw new InvalidArgumentError(`The cron expression "${text}" does not fire between now, start and end`, {
      hint: "Choose a later end, or leave it out",
    });
  }

  /** The first `count` due times after `after`; fewer when it ends before. */
  list(after: Date, count: number): Date[] {
    const times: Date[] = [];
    for (let time = this.next(after); time && times.length < count; time = this.next(time)) times.push(time);
    return times;
  }

  /**
   * The last due time from `from` to `until`, both included; null when there is none. Takes no longer where there are
   * millions of them in between.
   */
  latest(from: Date, until: Date): Date | null {
    const first = this.next(new Date(from.getTime() - 1));
    if (!first || first > until) return null;
    // the due time after `low` is not too late, the one after `high` is
    let [low, high] = [first.getTime() - 1, until.getTime()];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      const next = this.next(new Date(middle));
      if (next && next <= until) low = next.getTime() - 1 > middle ? next.getTime() - 1 : middle;
      else high = middle;
    }
    return this.next(new Date(low));
  }

  #next(afterMs: number): number | null {
    let fromMs = afterMs;
    while (true) {
      const stretch = stretchAt(this.#timezone, fromMs + 1);
      const dueMs = this.#nextBy(stretch, fromMs);
      if (dueMs === null || dueMs < stretch.endMs) return dueMs;
      fromMs = stretch.endMs - 1;
    }
  }

  /** The next due time if the clock ran on as it does in the stretch. */
  #nextBy(stretch: Stretch, afterMs: number): number | null {
    const { startMs, offsetMs, earlierOffsetMs } = stretch;
    const elapsed = this.#cron.followsElapsedTime;
    // clock times up to here were shown before the clock was put back
    const shownMs = elapsed || offsetMs >= earlierOffsetMs ? -Infinity : startMs + earlierOffsetMs - 1;
    const wallMs = this.#cron.nextWall(Math.max(afterMs + offsetMs, shownMs));
    const dueMs = wallMs === null ? null : wallMs - offsetMs;
    if (elapsed || offsetMs <= earlierOffsetMs) return dueMs;
    // clock times that were skipped as the clock was put forward
    const skippedMs = this.#cron.nextWall(Math.max(afterMs, startMs - 1) + earlierOffsetMs);
    if (skippedMs === null || skippedMs >= startMs + offsetMs) return dueMs;
    return Math.min(dueMs ?? Infinity, skippedMs - earlierOffsetMs);
  }
}
