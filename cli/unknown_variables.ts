/**
 * Variables that look like settings and are none, as by a slip of the pen: nothing else would tell of them.
 *
 * @module
 */

import { SETTINGS } from "@dsa110/absurd";
import type { CliContext } from "./context.ts";
import { say } from "./errors.ts";
import { completeProgram } from "./program.ts";
import { variablesOf } from "./variables.ts";

/** Variables that are neither settings nor stand for a flag: the tests' own, and the mark of a stage's processes. */
const OTHERS = /^ABSURD_(DEBUG|PROCESS_TREE|TEST_\w+)$/;

/** A variable that means nothing. */
export interface UnknownVariable {
  /** Its name. */
  readonly name: string;
  /** The variable that is most like it, if one is. */
  readonly nearest?: string;
}

/** Finds the variables of the environment that begin with `ABSURD_` and mean nothing to any command. */
export async function findUnknownVariables(context: CliContext): Promise<UnknownVariable[]> {
  const settings = SETTINGS.map(({ variable }) => variable);
  const isOther = (name: string) => !OTHERS.test(name) && !settings.includes(name);
  const candidates = Object.keys(context.env).filter((name) => name.startsWith("ABSURD_") && isOther(name));
  if (candidates.length === 0) return []; // all commands are loaded for the rest
  const known = new Set([...settings, ...variablesOf(await completeProgram({ ...context, env: {} }))]);
  const unknown = candidates.filter((name) => !known.has(name)).sort();
  return unknown.map((name) => ({ name, nearest: nearest(name, [...known]) }));
}

/** Says which variables mean nothing, and what was perhaps meant. */
export async function warnOfUnknownVariables(context: CliContext): Promise<void> {
  for (const variable of await findUnknownVariables(context)) {
    say(context, "warning", describeUnknownVariable(variable));
  }
}

/** A sentence about it. */
export function describeUnknownVariable({ name, nearest }: UnknownVariable): string {
  return `${name} is no variable of absurd, and changes nothing${
    nearest ? `; did you mean ${nearest}?` : ""
  }`;
}

/** More words or letters than these make another name. */
const MAX_WORDS = 2;
const MAX_LETTERS = 3;

/** The first one that differs least: by whole words too many or too few, as `_SEC`, or else by letters. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const distances = known.map((other) => wordsBetween(name, other) ?? lettersBetween(name, other));
  const least = Math.min(...distances);
  return least <= MAX_LETTERS ? known[distances.indexOf(least)] : undefined;
}

/** How many words one name has more than the other, where it has all of them in the same order. */
function wordsBetween(a: string, b: string): number | undefined {
  const [short, long] = [a.split("_"), b.split("_")].sort((one, other) => one.length - other.length);
  let found = 0;
  for (const word of long) if (word === short[found]) found++;
  const more = long.length - short.length;
  return found === short.length && short.length > 1 && more <= MAX_WORDS ? more : undefined;
}

/** Edit distance (Levenshtein, row by row). */
function lettersBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
