/**
 * Points in time, as they are written on the command line.
 *
 * @module
 */

import { type AbsurdClient, parseDuration, readTime } from "@dsa110/absurd";
import { UsageError } from "./errors.ts";

/**
 * Reads a point in time. A date alone would mean midnight in UTC, a date with a time local time: only the latter is
 * taken.
 *
 * @param flag Names it in the error: `--at`.
 * @throws UsageError when the text is none.
 */
export function parseTime(flag: string, text: string): Date {
  const time = readTime(text);
  if (time) return time;
  throw new UsageError(
    `Cannot read ${flag} ${text} as a time`,
    "Write it as 2026-10-25T06:00, with Z or an offset such as +01:00 unless it is local time",
  );
}

const PAST_HINT = "Write how long ago, such as 90m or 2h30m, or a time such as 2026-10-25T06:00Z";

/**
 * Reads a point in the past: a time, or how long ago it was by the database's clock.
 *
 * @param flag Names it in the error: `--since`.
 * @param hint What may be written.
 * @throws UsageError when the text is neither.
 */
export async function parsePast(
  client: AbsurdClient,
  flag: string,
  text: string,
  hint: string = PAST_HINT,
): Promise<Date> {
  const seconds = durationSec(text);
  if (seconds !== undefined) return new Date((await client.databaseTime()).getTime() - seconds * 1000);
  const time = readTime(text);
  if (time) return time;
  throw new UsageError(`Cannot read ${flag} ${text} as a time`, hint);
}

/** Flags for a stretch of time, as commander hands them over. */
export interface PeriodFlags {
  /** `--since`. */
  since?: string;
  /** `--until`. */
  until?: string;
}

/**
 * Reads a stretch of the past.
 *
 * @throws UsageError when an end of it cannot be read, or it ends before it begins.
 */
export async function parsePeriod(
  client: AbsurdClient,
  flags: PeriodFlags,
): Promise<{ since?: Date; until?: Date }> {
  const since = flags.since === undefined ? undefined : await parsePast(client, "--since", flags.since);
  const until = flags.until === undefined ? undefined : await parsePast(client, "--until", flags.until);
  if (since && until && since >= until) {
    throw new UsageError(
      `--since ${flags.since} is not before --until ${flags.until}: nothing lies in between`,
      "The earlier time goes with --since: --since 2h --until 1h",
    );
  }
  return { since, until };
}

function durationSec(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}
