/**
 * How calls of SQL functions are written, and how arguments travel.
 *
 * @module
 */

/** A value that travels as `jsonb`; made by {@linkcode json}. */
export class SqlJson {
  /** The JSON text. */
  readonly text: string;

  /** Takes JSON text; use {@linkcode json} for values. */
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * A value that a SQL function takes. `undefined` leaves the argument out, so that the function's own default applies;
 * `null` is SQL's null.
 */
export type SqlArgument =
  | string
  | number
  | boolean
  | null
  | undefined
  | Date
  | readonly (string | number | null)[]
  | SqlJson;

/**
 * Marks a value as a `jsonb` argument. It is sent as JSON text: left to itself the driver turns arrays into PostgreSQL
 * arrays, which `jsonb` refuses.
 *
 * @param value Anything that `JSON.stringify` can turn into text.
 * @throws TypeError when it cannot (a cycle, a BigInt, undefined).
 */
export function json(value: unknown): SqlJson {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`A value of type ${typeof value} is not JSON`);
  return new SqlJson(text);
}

/** A statement with its values, as the driver takes it. */
export interface SqlStatement {
  /** Name under which the server keeps the statement ready; undefined = it is used once. */
  readonly name?: string;
  /** SQL with `$1`, `$2`, … */
  readonly text: string;
  /** Values in order. */
  readonly values: unknown[];
}

const NAME = /^[a-z_][a-z0-9_]*$/;

/** What was worked out for a function and the names of its arguments. */
interface CallText {
  readonly name: string;
  readonly text: string;
}

/** By function and arguments: few, as a program calls a function with few sets of them. */
const CALL_TEXTS = new Map<string, CallText>();

/**
 * Writes `select * from schema.fn(p_a => $1, …)`. Named notation makes the order of arguments free, and lets a function
 * gain arguments with defaults.
 *
 * @param name Function, of schema `absurd` unless qualified.
 * @param args Arguments by name without `p_`.
 * @param columns What is read of each row: reading what nobody needs costs more than the call. All unless named.
 */
export function callStatement(
  name: string,
  args: Readonly<Record<string, SqlArgument>>,
  columns: readonly string[] = [],
): SqlStatement {
  const keys = Object.keys(args).filter((key) => args[key] !== undefined);
  const id = `${name} ${keys.join(" ")} ${columns.join(" ")}`;
  let call = CALL_TEXTS.get(id);
  if (!call) CALL_TEXTS.set(id, call = writeCall(name, keys, columns));
  return { ...call, values: keys.map((key) => driverValue(args[key])) };
}

function writeCall(name: string, keys: readonly string[], columns: readonly string[]): CallText {
  const list = keys.map((key, index) => `p_${checkName(key)} => $${index + 1}`).join(", ");
  const read = columns.length === 0 ? "*" : columns.map(checkName).join(", ");
  const text = `select ${read} from ${qualifiedName(name)}(${list})`;
  return { name: `absurd_${digest(text)}`, text };
}

/**
 * A name that only this text has, in whatever program: behind a pooler, programs find the statements that others have
 * prepared, and must not run another one than they mean. 64 bits, FNV-1a.
 */
function digest(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16);
}

/** The name with its schema. */
export function qualifiedName(name: string): string {
  const [schema, fn, ...rest] = name.includes(".") ? name.split(".") : ["absurd", name];
  if (rest.length > 0) throw new TypeError(`"${name}" is not the name of a function`);
  return `${checkName(schema)}.${checkName(fn)}`;
}

/** Names are put into the text of the statement as they are, so they must be plain. */
function checkName(name: string): string {
  if (!NAME.test(name)) throw new TypeError(`"${name}" is not a plain SQL name`);
  return name;
}

/** What the driver is handed for an argument. */
export function driverValue(value: SqlArgument): unknown {
  if (value instanceof SqlJson) return value.text;
  return Array.isArray(value) ? arrayText(value) : value;
}

/** As the driver would write it, which leaves many small texts behind for each element. */
function arrayText(values: readonly (string | number | null)[]): string {
  let last: string | number | null = null;
  let written = "NULL";
  const elements = values.map((value) => {
    if (value === last) return written; // neighbours are often the same
    last = value;
    return written = elementText(value);
  });
  return `{${elements.join(",")}}`;
}

function elementText(value: string | number | null): string {
  if (typeof value === "string") return `"${value.replace(/["\\]/g, "\\$&")}"`;
  return value === null ? "NULL" : String(value);
}

/** One value where all are the same: functions that say so take it for all. */
export function once<T>(values: readonly T[]): readonly T[] {
  return values.every((value) => value === values[0]) ? values.slice(0, 1) : values;
}
