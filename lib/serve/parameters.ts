/**
 * Parameters of a request, after the question mark: read, or refused by name.
 *
 * @module
 */

import { json, type SqlArgument } from "../database.ts";
import { readTime } from "../scheduler/zone.ts";
import { HttpError } from "./responses.ts";

/** Returns the value as the database takes it; throws what is wrong with it. */
type Reader = (name: string, text: string) => string;

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const LETTER = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\/\d{1,9})?$/;

/** An id of a task or workflow. */
export const readId: Reader = (name, text) => matching(name, text, ID, "an id such as those that lists show");

/** A dead letter: `ID/ATTEMPT`, or the id of a task for its newest. */
export const readLetter: Reader = (name, text) => matching(name, text, LETTER, "ID/ATTEMPT of a dead letter");

function matching(name: string, text: string, pattern: RegExp, what: string): string {
  const value = text.toLowerCase();
  if (pattern.test(value)) return value;
  throw wrong(name, text, `must be ${what}`);
}

/** One of some words. */
export function oneOf(words: readonly string[]): Reader {
  return (name, text) => {
    if (words.includes(text)) return text;
    throw wrong(name, text, `must be one of ${words.join(", ")}`);
  };
}

const readTimeText: Reader = (name, text) => {
  const time = readTime(text);
  if (time) return time.toISOString();
  throw wrong(name, text, "must be a time such as 2026-10-25T06:00Z");
};

/** How parameters that mean the same everywhere are read. */
const READERS: Readonly<Record<string, Reader>> = {
  workflow: readId,
  since: readTimeText,
  until: readTimeText,
};

function wrong(name: string, text: string, problem: string): HttpError {
  return new HttpError(400, `${name} ${problem}: ${text.slice(0, 100)}`);
}

/** A text that the database can hold. */
export function storableParameter(name: string, text: string): string {
  if (!text.includes("\0")) return text;
  throw new HttpError(400, `${name} holds \\u0000, which the database cannot store`);
}

/**
 * Refuses parameters that nobody would read.
 *
 * @param known Those that are read.
 * @throws HttpError naming it.
 */
export function checkParameters(query: URLSearchParams, known: readonly string[]): void {
  const hint = known.length === 0 ? "It takes none" : `Known parameters: ${known.join(", ")}`;
  for (const name of new Set(query.keys())) {
    if (!known.includes(name)) {
      throw new HttpError(400, `This address has no parameter ${name.slice(0, 100)}`, { hint });
    }
    const texts = query.getAll(name);
    if (texts.length > 1) throw new HttpError(400, `${name} is given ${texts.length} times`);
    storableParameter(name, texts[0]);
  }
}

/** A whole number of the query, within bounds. */
export function numberOf(query: URLSearchParams, name: string, preset: number, max: number): number {
  const text = query.get(name);
  if (text === null) return preset;
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= max) return number;
  throw wrong(name, text, `must be a whole number up to ${max}`);
}

/**
 * A filter of the query's parameters, by the database's names.
 *
 * @param readers How those are read that are more than texts.
 */
export function filterOf(
  query: URLSearchParams,
  names: Readonly<Record<string, string>>,
  readers: Readonly<Record<string, Reader>>,
): SqlArgument {
  const all = { ...READERS, ...readers };
  const entries = Object.entries(names).flatMap(([parameter, key]) => {
    const text = query.get(parameter);
    return text ? [[key, all[parameter]?.(parameter, text) ?? text]] : [];
  });
  return json(Object.fromEntries(entries));
}
