/**
 * Keeping secret parameters out of what is stored and shown.
 *
 * @module
 */

import { TaskFailure } from "../errors.ts";
import type { JsonObject, JsonValue, TaskContext } from "../task.ts";

/** What stands for a secret. */
export const REDACTED = "[secret]";

/** Shorter values would take apart texts that have nothing to do with them. */
const SHORTEST_SECRET = 4;

/** Takes secrets out of texts. */
export type Redact = (text: string) => string;

/**
 * Makes what takes the values of secret parameters out of a text, also as they stand in JSON.
 *
 * @param params Parameters of the task.
 * @param secret Names of those that are secret. Values of fewer than 4 characters stay.
 * @example
 * ```ts
 * import { makeRedact } from "./redact.ts";
 * import assert from "node:assert/strict";
 *
 * const redact = makeRedact({ token: "abc-123", size: 7 }, ["token"]);
 * assert.equal(redact("login with abc-123 failed"), "login with [secret] failed");
 * ```
 */
export function makeRedact(params: JsonObject, secret: readonly string[]): Redact {
  const texts = secret.flatMap((name) => Object.hasOwn(params, name) ? textsOf(params[name]) : []);
  const found = [...new Set(texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]))]
    .filter((text) => text.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length); // one may be part of another
  return (text) => found.reduce((rest, part) => rest.replaceAll(part, REDACTED), text);
}

function textsOf(value: JsonValue): string[] {
  if (value === null || typeof value === "boolean") return [];
  if (typeof value === "object") return Object.values(value).flatMap(textsOf);
  return [String(value)];
}

/** A context that passes on nothing secret. */
export function redactContext(context: TaskContext, redact: Redact): TaskContext {
  return {
    signal: context.signal,
    progress: (fraction, message) => context.progress(fraction, message && redact(message)),
    log: context.log && ((line) => context.log?.(redact(line))),
    report: (report) =>
      context.report({ ...report, ...(report.flags && { flags: report.flags.map(redact) }) }),
  };
}

/** A failure whose sentence holds nothing secret; any other error as it is. */
export function redactFailure(error: unknown, redact: Redact): unknown {
  if (!(error instanceof TaskFailure)) return error;
  const { message, reason, permanent, hint } = error;
  return redact(message) === message ? error : new TaskFailure(redact(message), { reason, permanent, hint });
}
