/**
 * Durations as people write them.
 *
 * @module
 */

import { InvalidArgumentError } from "./errors.ts";

const UNIT_SEC: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1, ms: 0.001 };
const PLAIN = /^\d+(\.\d+)?$/;
const PARTS = /^(\d+(\.\d+)?(ms|d|h|m|s))+$/;

/**
 * Reads a duration: plain seconds (`90`, `0.5`), or numbers with units from `d`, `h`, `m`, `s`, `ms` in a row
 * (`2h30m`).
 *
 * @returns Seconds, not negative.
 * @throws InvalidArgumentError when the text is not a duration.
 *
 * @example
 * ```ts
 * import { parseDuration } from "@dsa110/absurd";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseDuration("2h30m"), 9000);
 * assert.equal(parseDuration("0.5"), 0.5);
 * ```
 */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  if (PLAIN.test(trimmed)) return Number(trimmed);
  if (!PARTS.test(trimmed)) {
    throw new InvalidArgumentError(`"${text}" is not a duration such as 90, 90s or 2h30m`);
  }
  // whole milliseconds, so that 1.1s + 2.2s is 3.3
  const parts = trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|d|h|m|s)/g);
  return Math.round(
    [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_SEC[unit], 0) * 1000,
  ) /
    1000;
}
