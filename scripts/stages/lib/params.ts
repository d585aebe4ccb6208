/**
 * Reading a stage's parameters: each reader says in one sentence what is wrong and what is allowed.
 *
 * Parameters that a stage does not know are ignored, because all steps of a chain share those of the chain.
 *
 * @module
 */

import { BadInput, type JsonObject, type JsonValue } from "@dsa110/absurd/stage";

/** What a number must be like. */
export interface NumberRule {
  /** Smallest allowed value. @default {-Infinity} */
  min?: number;
  /** Largest allowed value. @default {Infinity} */
  max?: number;
  /** True when only whole numbers are allowed. @default {false} */
  integer?: boolean;
  /** True when only powers of two are allowed. @default {false} */
  powerOfTwo?: boolean;
}

/**
 * Reads an optional number.
 *
 * @param params Parameters of the task.
 * @param name Name of the parameter.
 * @returns The number; undefined when the parameter is absent or null.
 * @throws {BadInput} when the value is no number or breaks the rule.
 */
export function readNumber(params: JsonObject, name: string, rule: NumberRule = {}): number | undefined {
  const value = params[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !isAllowed(value, rule)) {
    throw new BadInput(`Parameter "${name}" must be ${describe(rule)}, not ${JSON.stringify(value)}`);
  }
  return value;
}

function isAllowed(value: number, rule: NumberRule): boolean {
  if (value < (rule.min ?? -Infinity) || value > (rule.max ?? Infinity)) return false;
  if ((rule.integer || rule.powerOfTwo) && !Number.isInteger(value)) return false;
  return !rule.powerOfTwo || Number.isInteger(Math.log2(value));
}

function describe(rule: NumberRule): string {
  const kind = rule.powerOfTwo ? "a power of two" : rule.integer ? "a whole number" : "a number";
  if (rule.min !== undefined && rule.max !== undefined) return `${kind} between ${rule.min} and ${rule.max}`;
  if (rule.min !== undefined) return `${kind} of at least ${rule.min}`;
  return rule.max === undefined ? kind : `${kind} of at most ${rule.max}`;
}

/**
 * Reads an optional word.
 *
 * @param params Parameters of the task.
 * @param name Name of the parameter.
 * @param allowed Words that it may be; the first is taken where it is absent or null.
 * @throws {BadInput} when it is another.
 */
export function readWord<T extends string>(
  params: JsonObject,
  name: string,
  allowed: readonly [T, ...T[]],
): T {
  const value = params[name] ?? allowed[0];
  const word = allowed.find((each) => each === value);
  if (word !== undefined) return word;
  throw new BadInput(`Parameter "${name}" must be ${allowed.join(" or ")}, not ${JSON.stringify(value)}`);
}

/**
 * Checks that a value is an absolute path.
 *
 * @param value What a parameter or an earlier step's result holds.
 * @param name Where it was found, for the message: `parameter "input"`.
 * @throws {BadInput} when it is missing, empty, or relative.
 */
export function requirePath(value: JsonValue | undefined, name: string): string {
  if (typeof value !== "string" || value === "") {
    throw new BadInput(`A path is missing: set ${name}`);
  }
  if (!value.startsWith("/") && !/^[A-Za-z]:[\\/]/.test(value)) {
    throw new BadInput(`The path in ${name} must be absolute, not "${value}"`);
  }
  return value;
}

/**
 * Checks that a value is an absolute path, or a list of some.
 *
 * @param value What a parameter holds.
 * @param name Where it was found, for the message: `parameter "input"`.
 * @throws {BadInput} when one of them is missing, empty, relative, or named twice, or the list is empty.
 */
export function requirePaths(value: JsonValue | undefined, name: string): string[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw new BadInput(`No path is listed: set ${name}`);
  const paths = list.map((path) => requirePath(path, name));
  const twice = paths.find((path, k) => paths.indexOf(path) !== k);
  if (twice === undefined) return paths;
  throw new BadInput(`The path ${twice} stands twice in ${name}: name each file once`);
}

/**
 * Finds a path in the result of the first step that has it.
 *
 * @param inputs Results of earlier steps, by step name.
 * @param candidates `[step, key]` pairs, the preferred one first.
 * @throws {BadInput} when no step has it.
 */
export function requireInputPath(
  inputs: Record<string, JsonObject>,
  candidates: readonly (readonly [step: string, key: string])[],
): string {
  for (const [step, key] of candidates) {
    const value = inputs[step]?.[key];
    if (value !== undefined) return requirePath(value, `the result "${key}" of step "${step}"`);
  }
  const names = candidates.map(([step, key]) => `"${key}" of step "${step}"`).join(" or ");
  throw new BadInput(`This stage needs the result ${names}: run it as a step of a chain`);
}
