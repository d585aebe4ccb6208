/**
 * From a line of JSON to a task.
 *
 * @module
 */

import { parseExactJson, type SpawnSpec } from "@dsa110/absurd";
import type { NumberedLine } from "../lines.ts";

/**
 * Reads a line such as `{"task_name": "image", "params": {"size": 512}, "key": "scan-1"}`: keys as in SQL.
 *
 * @param defaults What holds where the line says nothing.
 * @returns The task, or why it is none.
 */
export function readSpec(line: NumberedLine, defaults: Partial<SpawnSpec>): SpawnSpec | string {
  if (line.tooLong) return `The line is too long: ${line.text.slice(0, 60)}…`;
  if (!line.isUtf8) return `It is no UTF-8: ${line.text.slice(0, 60)}`;
  const value = parse(line.text);
  if (value instanceof Error) return `Cannot read it as JSON: ${value.message}`;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "It is no JSON object";
  const given = Object.fromEntries(Object.entries(value).map(([key, item]) => [camelCase(key), item]));
  // a time of its own, of either kind, goes over the one for all
  const { delaySec: _delay, runAt: _runAt, ...timeless } = defaults;
  const base = "delaySec" in given || "runAt" in given ? timeless : defaults;
  return { ...base, ...given } as SpawnSpec;
}

function parse(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    return error;
  }
}

function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
