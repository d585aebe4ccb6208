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
  | readonly string[]
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
  /** SQL with `$1`, `$2`, … */
  readonly text: string;
  /** Values in order. */
  readonly values: unknown[];
}

const NAME = /^[a-z_][a-z0-9_]*$/;

/**
 * Writes `select * from schema.fn(p_a => $1, …)`. Named notation makes the order of arguments free, and lets a function
 * gain arguments with defaults.
 *
 * @param name Function, of schema `absurd` unless qualified.
 * @param args Arguments by name without `p_`.
 */
export function callStatement(name: string, args: Readonly<Record<string, SqlArgument>>): SqlStatement {
  const given = Object.entries(args).filter(([, value]) => value !== undefined);
  const list = given.map(([key], index) => `p_${checkName(key)} => $${index + 1}`).join(", ");
  return {
    text: `select * from ${qualifiedName(name)}(${list})`,
    values: given.map(([, value]) => driverValue(value)),
  };
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
  return value instanceof SqlJson ? value.text : value;
}
