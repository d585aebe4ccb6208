/**
 * Ids, numbers, times and sizes as people read them.
 *
 * @module
 */

import type { CliContext } from "./context.ts";

/** The first 13 characters of a UUIDv7 are its time in milliseconds. */
const SHORTEST_ID_LENGTH = 13;

/**
 * Shortens ids to the shortest prefix, of 13 characters or more, that is unique among them.
 *
 * @param ids The ids that are shown together.
 * @returns What to show for each id.
 */
export function shortIds(ids: Iterable<string>): (id: string) => string {
  const unique = [...new Set(ids)];
  const longest = Math.max(SHORTEST_ID_LENGTH, ...unique.map((id) => id.length));
  let length = SHORTEST_ID_LENGTH;
  while (length < longest && new Set(unique.map((id) => id.slice(0, length))).size < unique.length) length++;
  return (id) => id.slice(0, length);
}

/** `1 task`, `2 tasks`. */
export function countTasks(count: number): string {
  return `${count} task${count === 1 ? "" : "s"}`;
}

/**
 * How long ago a time was, in one or two units: `12s ago`, `3m 20s ago`, `in 2h 5m`.
 *
 * @param time The time, or null.
 * @param now What to compare with.
 */
export function relativeTime(time: Date | null | undefined, now: Date = new Date()): string | null {
  if (!time) return null;
  const elapsedMs = now.getTime() - time.getTime();
  return elapsedMs >= 0 ? `${duration(elapsedMs)} ago` : `in ${duration(-elapsedMs)}`;
}

/** A time as `--time` wants it; null when there is none. */
export function timeText({ timeStyle }: CliContext, time: Date | null | undefined): string | null {
  if (!time) return null;
  if (timeStyle === "iso") return time.toISOString();
  if (timeStyle === "local") return localTime(time);
  return relativeTime(time);
}

/** Date and time where the user is, with its distance from UTC: `2026-10-25 06:00:00+01:00`. */
function localTime(time: Date): string {
  const zoned = Temporal.Instant.fromEpochMilliseconds(time.getTime()).toZonedDateTimeISO(
    Temporal.Now.timeZoneId(),
  );
  return zoned.toString({ fractionalSecondDigits: 0, timeZoneName: "never" }).replace("T", " ");
}

const UNITS: readonly [name: string, seconds: number][] = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];

/** A duration in one or two units: `350ms`, `4.2s`, `3m 20s`, `2h 5m`. */
export function duration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)}ms`;
  if (durationMs < 10_000) return `${(Math.floor(durationMs / 100) / 10).toFixed(1)}s`;
  const totalSec = Math.floor(durationMs / 1000);
  const first = UNITS.findIndex(([, seconds]) => totalSec >= seconds);
  const [name, seconds] = UNITS[first];
  const next = UNITS[first + 1];
  const rest = next ? Math.floor((totalSec % seconds) / next[1]) : 0;
  return `${Math.floor(totalSec / seconds)}${name}${rest > 0 ? ` ${rest}${next[0]}` : ""}`;
}

/** A size in bytes with a unit: `512 B`, `12.3 MB`. */
export function byteSize(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1000 && unit < 4) [size, unit] = [size / 1000, unit + 1];
  return `${unit === 0 ? size : size.toFixed(1)} ${["B", "kB", "MB", "GB", "TB"][unit]}`;
}

/** Text of at most `length` characters, with an ellipsis where something was cut off. */
export function ellipsis(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** How far a task is, with what it says about it: `40% cleaning`. */
export function progressText({ fraction, message }: { fraction: number; message?: string | null }): string {
  return `${Math.round(fraction * 100)}% ${message ?? ""}`.trimEnd();
}
