/**
 * JSON of users, read without losing digits.
 *
 * @module
 */

import type { JsonValue } from "@dsa110/absurd";

/** What the engine tells of a value besides its text, which the types leave out. */
type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/**
 * Parses JSON, but refuses a whole number that the program cannot hold: its last digits would be others.
 *
 * @throws SyntaxError when it is not JSON.
 * @throws RangeError for such a number.
 */
export function parseExactJson(text: string): JsonValue {
  const check: Reviver = (_key, value, { source }) => {
    if (typeof value === "number" && source !== undefined && !isExact(value, source)) {
      throw new RangeError(`the number ${source} has more digits than can be kept; write it as text`);
    }
    return value;
  };
  return JSON.parse(text, check as (key: string, value: unknown) => unknown);
}

function isExact(value: number, source: string): boolean {
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(source) ||
    Number.isFinite(value) && BigInt(source) === BigInt(value);
}
