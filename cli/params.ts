/**
 * Parameters of tasks and chains, as they are written on the command line.
 *
 * @module
 */

import { Option } from "@commander-js/extra-typings";
import { decodeUtf8, type JsonObject, type JsonValue, parseExactJson, readUtf8File } from "@dsa110/absurd";
import { gather } from "./command.ts";
import { type CliContext, userPath } from "./context.ts";
import { UsageError } from "./errors.ts";

/** Where parameters come from. */
export interface ParamSources {
  /** `--params`: JSON text, `@FILE`, or `-` for standard input. */
  params?: string;
  /** `-P`, in order: `key=text` or `key:=json`; each wins over `--params`. */
  param?: string[];
}

/**
 * Reads parameters from `--params` and `-P`.
 *
 * @param context For standard input and the folder that `@FILE` starts from.
 * @param sources The values of the two flags.
 * @throws UsageError when a source cannot be read, is not JSON, or is no JSON object.
 */
export async function readParams(context: CliContext, sources: ParamSources): Promise<JsonObject> {
  const params = sources.params === undefined ? {} : await readObject(context, sources.params);
  const assigned = new Set<string>();
  for (const assignment of sources.param ?? []) {
    const [key, value] = parseAssignment(assignment);
    if (assigned.has(key)) throw new UsageError(`Parameter ${key} is given twice with -P`);
    assigned.add(key);
    Object.defineProperty(params, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return params;
}

const PARAMS_HINT = `Params look like '{"input": "/data/observation.uvh5"}'`;

async function readObject(context: CliContext, source: string): Promise<JsonObject> {
  const value = parseJson(await readSource(context, source), describeSource(source), PARAMS_HINT);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const kind = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
    throw new UsageError(
      `Params must be a JSON object, but ${describeSource(source)} is ${kind}`,
      PARAMS_HINT,
    );
  }
  return value;
}

async function readSource(context: CliContext, source: string): Promise<string> {
  if (source === "-") return await readInput(context);
  if (!source.startsWith("@")) return source;
  return await readUserFile(context, source.slice(1));
}

async function readInput(context: CliContext): Promise<string> {
  const bytes = await new Response(ReadableStream.from(context.input())).bytes();
  try {
    return decodeUtf8(bytes, "it");
  } catch (error) {
    throw new UsageError(
      `Cannot read standard input: ${(error as Error).message}`,
      "Write it in UTF-8, or convert it, as iconv does",
    );
  }
}

/**
 * Reads a text file that an argument names.
 *
 * @throws UsageError when it cannot be read, or is no UTF-8.
 */
export async function readUserFile(context: CliContext, path: string): Promise<string> {
  const file = userPath(context, path);
  try {
    return await readUtf8File(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new UsageError(`There is no file ${file}`, `Relative paths start at ${context.baseDir}`);
    }
    throw new UsageError(`Cannot read ${file}: ${(error as Error).message}`);
  }
}

function describeSource(source: string): string {
  if (source === "-") return "standard input";
  return source.startsWith("@") ? source.slice(1) : "the value of --params";
}

/**
 * Parses JSON text.
 *
 * @param what Names the text in the error.
 * @param hint The remedy.
 * @throws UsageError when it is not JSON.
 */
export function parseJson(text: string, what: string, hint?: string): JsonValue {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw new UsageError(`Cannot read ${what} as JSON: ${(error as Error).message}`, hint);
  }
}

function parseAssignment(assignment: string): [key: string, value: JsonValue] {
  const match = /^([^=]+?)(:?=)(.*)$/s.exec(assignment);
  if (!match) throw new UsageError(`Cannot read -P ${assignment}: it is not key=text or key:=json`);
  const [, key, operator, text] = match;
  if (operator === "=") return [key, text];
  return [key, parseJson(text, `-P ${key}:=${text}`, `Write -P ${key}=text when it is text`)];
}

/** `--params`. */
export function paramsOption(): Option<"--params <json>"> {
  return new Option("--params <json>", "parameters: a JSON object, @FILE, or - for standard input");
}

/** `-P`. */
export function paramOption(): Option<"-P, --param <key=value>", undefined, undefined, string[]> {
  return new Option("-P, --param <key=value>", "one parameter: key=text or key:=json; may be repeated")
    .argParser(gather);
}
