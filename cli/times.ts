/**
 * Points in time, as they are written on the command line.
 *
 * @module
 */

import { type AbsurdClient, parseDuration } from "@dsa110/absurd";
import { UsageError } from "./errors.ts";

/**
 * Reads a point in time. A date alone would mean midnight in UTC, a date with a time local time: only the latter is
 * taken.
 *
 * @param flag Names it in the error: `--at`.
 * @throws UsageError when the text is none.
 */
export function parseTime(flag: string, text: string): Date {
  const time = new Date(text);
  if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text) && !Number.isNaN(time.getTime())) return time;
  throw new UsageError(
    `Cannot read ${flag} ${text} as a time`,
    "Write it as 2026-10-25T06:00, with Z or an offset such as +01:00 unless it is local time",
  );
}

/**
 * Reads a point in the past: a time, or how long ago it was by the database's clock.
 *
 * @param flag Names it in the error: `--since`.
 * @returns Undefined when there is no text.
 * @throws UsageError when the text is neither.
 */
export async function parsePast(
  client: AbsurdClient,
  flag: string,
  text: string | undefined,
): Promise<Date | undefined> {
  if (text === undefined) return undefined;
  const seconds = durationSec(text);
  if (seconds === undefined) return parsePastTime(flag, text);
  return new Date((await client.databaseTime()).getTime() - seconds * 1000);
}

function durationSec(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}

function parsePastTime(flag: string, text: string): Date {
  try {
    return parseTime(flag, text);
  } catch {
    throw new UsageError(
      `Cannot read ${flag} ${text} as a time`,
      "Write how long ago, such as 90m or 2h30m, or a time such as 2026-10-25T06:00Z",
    );
  }
}
