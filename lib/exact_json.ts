/**
 * JSON of users, read without losing digits.
 *
 * @module
 */

import { MAX_DEPTH } from "./json.ts";
import type { JsonValue } from "./task.ts";

/** What the engine tells of a value besides its text, which the types leave out. */
type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/**
 * Parses JSON, but refuses a whole number that the program cannot hold: its last digits would be others. The mark that
 * some editors put before the text (a BOM) is left out.
 *
 * @throws SyntaxError when it is not JSON.
 * @throws RangeError for such a number, and for lists and objects in each other that are deeper than can be stored.
 */
export function parseExactJson(text: string): JsonValue {
  const check: Reviver = (_key, value, { source }) => {
    if (typeof value === "number" && source !== undefined && !isExact(value, source)) {
      throw new RangeError(`the number ${source} has more digits than can be kept; write it as text`);
    }
    return value;
  };
  checkDepth(text);
  return JSON.parse(text.replace(/^\ufeff/, ""), check as (key: string, value: unknown) => unknown);
}

/** Before the engine goes down so far that its stack ends. */
function checkDepth(text: string): void {
  let [depth, isText] = [0, false];
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') isText = !isText;
    else if (isText) at += letter === "\\" ? 1 : 0;
    else if (letter === "]" || letter === "}") depth--;
    else if ((letter === "[" || letter === "{") && ++depth > MAX_DEPTH) {
      throw new RangeError(`lists and objects are nested more than ${MAX_DEPTH} deep`);
    }
  }
}

function isExact(value: number, source: string): boolean {
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(source) ||
    Number.isFinite(value) && BigInt(source) === BigInt(value);
}
