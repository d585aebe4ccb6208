/**
 * Points in time, as people write and read them.
 *
 * @module
 */

import { UsageError } from "../errors.ts";

/** A time on the clock of a zone: `Sun 2026-10-25 02:30:00 +01:00`. */
export function zonedText(time: Date, timezone: string): string {
  const zoned = Temporal.Instant.fromEpochMilliseconds(time.getTime()).toZonedDateTimeISO(timezone);
  const weekday = zoned.toLocaleString("en", { weekday: "short" });
  return `${weekday} ${zoned.toPlainDate()} ${
    zoned.toPlainTime().toString({ smallestUnit: "second" })
  } ${zoned.offset}`;
}

/** A time in UTC, in ISO 8601 without fractions: `2026-10-25T01:30:00Z`. */
export function utcText(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/**
 * Reads a point in time: with `Z` or an offset, or else on the clock of a zone.
 *
 * @param flag Where it stands, for the error.
 * @param text What was given.
 * @param timezone Zone of the schedule.
 * @throws UsageError when it cannot be read.
 */
export async function parseTime(flag: string, text: string, timezone: string): Promise<Date> {
  const { readTime } = await import("@dsa110/absurd/scheduler");
  const time = readTime(text, timezone);
  if (time) return time;
  throw new UsageError(
    `Cannot read ${flag} ${text} as a time`,
    `Write it as 2026-10-25T06:00, with Z or an offset such as +01:00 unless it is a time in ${timezone}`,
  );
}
