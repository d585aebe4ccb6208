/**
 * The messages that a stage writes to its standard output: a line that is a JSON object with the key `absurd`.
 *
 * @module
 */

import type { JsonObject } from "../task.ts";
import { storableText } from "../json.ts";

/** What a line of a stage's standard output says. */
export type StageMessage =
  | { readonly kind: "progress"; readonly fraction: number; readonly message?: string }
  | { readonly kind: "log"; readonly level: string; readonly message: string }
  | { readonly kind: "result"; readonly result: JsonObject | null; readonly serial?: number }
  | { readonly kind: "malformed"; readonly problem: string };

/**
 * Reads a line of standard output.
 *
 * @param line The line, without its end.
 * @returns The message, or null for a line that is log. Messages of an unknown kind are log too, so that a stage made
 *   for a later version still runs; a result that cannot be used is `malformed`, because nothing may get lost.
 * @example
 * ```ts
 * import { parseMessage } from "./message.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseMessage('{"absurd":"result","result":{"rms":0.1}}'), { kind: "result", result: { rms: 0.1 } });
 * assert.equal(parseMessage("reading 16 files"), null);
 * ```
 */
export function parseMessage(line: string): StageMessage | null {
  if (!/^\s*\{.*"absurd"/.test(line)) return null;
  const document = parseObject(line);
  if (document === null) return looksLikeResult(line) ? malformed("it is not JSON") : null;
  switch (document.absurd) {
    case "progress":
      return parseProgress(document);
    case "log":
      return {
        kind: "log",
        level: String(document.level ?? "info"),
        message: String(document.message ?? ""),
      };
    case "result":
      return parseResult(document);
    default:
      return null;
  }
}

function parseObject(line: string): JsonObject | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/**
 * Finds the result that stands in a line behind something else, and so is none: a log may quote one.
 *
 * @returns The result; null where there is none.
 */
export function findMisplacedResult(line: string): StageMessage & { kind: "result" } | null {
  const start = line.search(/\{\s*"absurd"\s*:\s*"result"/);
  const message = start > 0 ? parseMessage(line.slice(start)) : null;
  return message?.kind === "result" ? message : null;
}

/** True for the beginning of a result, even one that is cut off. */
export function looksLikeResult(line: string): boolean {
  return /^\s*\{\s*"absurd"\s*:\s*"result"/.test(line);
}

function parseProgress({ fraction, message }: JsonObject): StageMessage | null {
  if (typeof fraction !== "number") return null;
  const clamped = Math.min(1, Math.max(0, fraction));
  return typeof message === "string"
    ? { kind: "progress", fraction: clamped, message: storableText(message) }
    : { kind: "progress", fraction: clamped };
}

function parseResult({ result, serial }: JsonObject): StageMessage {
  if (result === undefined) return malformed('it has no key "result"');
  if (typeof result !== "object" || Array.isArray(result)) return malformed("it is not a JSON object");
  return typeof serial === "number" ? { kind: "result", result, serial } : { kind: "result", result };
}

function malformed(problem: string): StageMessage {
  return { kind: "malformed", problem };
}
