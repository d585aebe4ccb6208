/**
 * Time zones as stretches of time in which the clock runs evenly.
 *
 * @module
 */

import { InvalidArgumentError } from "../errors.ts";

/** A stretch of time between two changes of a zone's clock. All in milliseconds; instants since 1970 in UTC. */
export interface Stretch {
  /** When the clock was changed; -Infinity where it never was before. */
  readonly startMs: number;
  /** When it is changed next; Infinity where it never will be. */
  readonly endMs: number;
  /** What the clock shows minus UTC. */
  readonly offsetMs: number;
  /** The same before the stretch began. */
  readonly earlierOffsetMs: number;
}

/**
 * Checks the name of a time zone.
 *
 * @param name Name of the IANA database, such as `America/Los_Angeles` or `UTC`.
 * @throws InvalidArgumentError when there is no such zone.
 */
export function checkTimeZone(name: string): void {
  try {
    // an offset such as +01:00 is understood, too, but knows no summer time: not what a schedule wants
    if (/^[A-Za-z]/.test(name)) return void new Intl.DateTimeFormat("en", { timeZone: name });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new InvalidArgumentError(`There is no time zone "${name}"`, {
    hint: "Use a name of the IANA database, such as America/Los_Angeles, Europe/Berlin or UTC",
  });
}

/**
 * Reads a point in time in ISO 8601. Without `Z` or an offset it is a time on the clock of a zone; where that shows it
 * twice the first is meant, and where it skips it the offset from before.
 *
 * @param text Date and time, such as `2026-10-25T06:00`, `2026-10-25 06:00Z` or `2026-10-25T06:00:00+01:00`.
 * @param timezone Zone of the IANA database. @default the one of this machine
 * @returns The time; null when the text is none, or names a day or an hour that there is not.
 * @throws InvalidArgumentError when there is no such zone.
 */
export function readTime(text: string, timezone?: string): Date | null {
  if (timezone !== undefined) checkTimeZone(timezone);
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text)) return null;
  const iso = text.replace(" ", "T");
  try {
    const instant = /(Z|[+-]\d\d(:?\d\d)?)$/i.test(iso.slice(10))
      ? Temporal.Instant.from(iso)
      : Temporal.PlainDateTime.from(iso).toZonedDateTime(timezone ?? Temporal.Now.timeZoneId()).toInstant();
    return new Date(instant.epochMilliseconds);
  } catch {
    return null; // no such day or hour
  }
}

/**
 * The stretch that an instant belongs to.
 *
 * @param timeZone Name that {@linkcode checkTimeZone} accepts.
 * @param instantMs Milliseconds since 1970 in UTC.
 */
export function stretchAt(timeZone: string, instantMs: number): Stretch {
  const at = zoned(timeZone, instantMs);
  const start = zoned(timeZone, instantMs + 1).getTimeZoneTransition("previous");
  const end = at.getTimeZoneTransition("next");
  const startMs = start?.epochMilliseconds ?? -Infinity;
  return {
    startMs,
    endMs: end?.epochMilliseconds ?? Infinity,
    offsetMs: offsetOf(at),
    earlierOffsetMs: start ? offsetOf(zoned(timeZone, startMs - 1)) : offsetOf(at),
  };
}

function zoned(timeZone: string, instantMs: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instantMs).toZonedDateTimeISO(timeZone);
}

function offsetOf(time: Temporal.ZonedDateTime): number {
  return time.offsetNanoseconds / 1e6;
}
