/**
 * Calls that nobody answers: a network may lose a connection without telling anybody.
 *
 * @module
 */

import { DatabaseUnavailableError } from "./errors.ts";
import { within } from "./timeouts.ts";

/**
 * The answer to a statement.
 *
 * @param name The function that is called, qualified; undefined for free SQL.
 * @throws DatabaseUnavailableError when it does not come within so many seconds.
 */
export async function answerWithin<T>(seconds: number, answer: Promise<T>, name = "a statement"): Promise<T> {
  return await within(
    answer,
    seconds * 1000,
    () =>
      new DatabaseUnavailableError(`The database does not answer: ${name} has taken more than ${seconds} s`, {
        hint: "It may or may not have been carried out: look before you do it again",
      }),
  );
}

/** True when a statement was given up because no answer came: by {@linkcode answerWithin}, or by a signal for that. */
export function isSilence(cause: unknown): boolean {
  return cause instanceof DatabaseUnavailableError ||
    cause instanceof DOMException && cause.name === "TimeoutError";
}
