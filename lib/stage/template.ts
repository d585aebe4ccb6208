/**
 * The templates of a manifest: `{params.x}`, `{inputs.step.x}`, `{work_dir}` and `{stage_dir}` inside permissions,
 * command lines and environment values.
 *
 * A template is parsed once, when the manifest is read, and expanded once per attempt: text that comes out of a value
 * is never looked at again, so a value that itself looks like a template stays what it is.
 *
 * @module
 */

import { InvalidArgumentError, TaskFailure } from "../errors.ts";
import type { JsonObject, JsonValue } from "../task.ts";

/** A place in a template that a value of the task fills. */
export interface Placeholder {
  /** Where the value comes from. */
  readonly root: "params" | "inputs" | "work_dir" | "stage_dir";
  /** Keys below the root, outermost first; empty for the two folders. */
  readonly keys: readonly string[];
  /** True when the whole entry is dropped if the value is absent (a trailing `?`). */
  readonly optional: boolean;
}

/** A parsed template: literal text and placeholders, in order. */
export interface Template {
  /** The template as the manifest has it. */
  readonly source: string;
  /** Its pieces, in order. */
  readonly parts: readonly (string | Placeholder)[];
}

/** What templates are filled from. */
export interface TemplateValues {
  /** Parameters of the task. */
  readonly params: JsonObject;
  /** Results of the steps before, by step name. */
  readonly inputs: JsonObject;
  /** Folder of the attempt, absolute. */
  readonly workDir: string;
  /** Folder of the manifest, absolute. */
  readonly stageDir: string;
}

/** Checks one value before it is put into a template; throws a `TaskFailure` for one that may not be used. */
export type ValueCheck = (value: JsonValue, placeholder: string) => string;

const PLACEHOLDER = /^(params|inputs|work_dir|stage_dir)((?:\.[A-Za-z0-9_-]+)*)(\??)$/;

/**
 * Parses a template. Two braces stand for one that is meant literally.
 *
 * @param source Text such as `"{work_dir}/{params.name}.ms"`.
 * @throws {InvalidArgumentError} A brace is not closed, or what it holds is no placeholder.
 * @example
 * ```ts
 * import { parseTemplate } from "./template.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseTemplate("{params.input?}").parts, [{ root: "params", keys: ["input"], optional: true }]);
 * assert.deepEqual(parseTemplate('{{"a": 1}}').parts, ['{"a": 1}']);
 * ```
 */
export function parseTemplate(source: string): Template {
  const parts: (string | Placeholder)[] = [];
  let literal = "";
  for (const [token] of source.matchAll(/\{\{|\}\}|\{[^{}]*\}|[^{}]+|[{}]/g)) {
    if (token === "{{" || token === "}}") literal += token[0];
    else if (!/^[{}]/.test(token)) literal += token;
    else {
      if (literal) parts.push(literal);
      literal = "";
      parts.push(parsePlaceholder(token, source));
    }
  }
  if (literal) parts.push(literal);
  return { source, parts };
}

function parsePlaceholder(token: string, source: string): Placeholder {
  const match = PLACEHOLDER.exec(token.slice(1, -1));
  const [, root, path = "", optional] = match ?? [];
  const keys = path.split(".").slice(1);
  const depth = { params: 1, inputs: 2, "work_dir": 0, "stage_dir": 0 }[root];
  const fits = depth === 0 ? keys.length === 0 : depth !== undefined && keys.length >= depth;
  if (!match || !fits) {
    throw new InvalidArgumentError(`Template "${source}" has an unknown placeholder "${token}"`, {
      hint: "Use {params.NAME}, {inputs.STEP.NAME}, {work_dir} or {stage_dir}; write {{ and }} for braces",
    });
  }
  return { root: root as Placeholder["root"], keys, optional: optional === "?" };
}

/**
 * Fills a template. A list gives one text per item.
 *
 * @param template Parsed template.
 * @param values Values of the task.
 * @param check Turns each value into text, or refuses it.
 * @returns The texts; none when an optional value is absent or a list is empty.
 * @throws {TaskFailure} Reason `bad_input`: a value is absent, or refused by `check`, or two of them are lists.
 * @example
 * ```ts
 * import { expandTemplate, parseTemplate } from "./template.ts";
 * import assert from "node:assert/strict";
 *
 * const values = { params: { bands: ["a", "b"] }, inputs: {}, workDir: "/w", stageDir: "/s" };
 * assert.deepEqual(expandTemplate(parseTemplate("{work_dir}/{params.bands}"), values, String), ["/w/a", "/w/b"]);
 * ```
 */
export function expandTemplate(template: Template, values: TemplateValues, check: ValueCheck): string[] {
  let texts = [""];
  let lists = 0;
  for (const part of template.parts) {
    if (typeof part === "string") {
      texts = texts.map((text) => text + part);
      continue;
    }
    const value = lookUp(part, values);
    if (value === undefined || value === null) {
      if (part.optional) return [];
      throw badInput(`${describePlaceholder(part)} is missing, which the stage's manifest needs`);
    }
    if (Array.isArray(value) && ++lists > 1) throw badInput(`Template "${template.source}" has two lists`);
    const items = (Array.isArray(value) ? value : [value]).map((item) =>
      check(item, describePlaceholder(part))
    );
    texts = texts.flatMap((text) => items.map((item) => text + item));
  }
  return texts;
}

/** Only own keys count: `{params.constructor}` must not find what every object has. */
function lookUp(placeholder: Placeholder, values: TemplateValues): JsonValue | undefined {
  if (placeholder.root === "work_dir") return values.workDir;
  if (placeholder.root === "stage_dir") return values.stageDir;
  let value: JsonValue | undefined = values[placeholder.root];
  for (const key of placeholder.keys) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Names a placeholder in an error for the person who spawned the task. */
function describePlaceholder({ root, keys }: Placeholder): string {
  if (root === "params") return `Parameter "${keys.join(".")}"`;
  if (root === "inputs") return `Input "${keys.slice(1).join(".")}" of step "${keys[0]}"`;
  return `Folder {${root}}`;
}

/** A failure that no other attempt can mend. */
export function badInput(message: string): TaskFailure {
  return new TaskFailure(message, { reason: "bad_input", permanent: true });
}
