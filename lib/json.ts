/**
 * JSON and text that the database can store.
 *
 * @module
 */

/** Deeper nesting is an accident, and would overflow stacks here and in the server. */
export const MAX_DEPTH = 500;

/** A value that cannot be stored as JSON; the message names the place. */
export class UnstorableValueError extends TypeError {
  /** Creates the error for the value at a path such as `rows[3].flux`. */
  constructor(path: string, problem: string) {
    super(`${path} ${problem}`);
    this.name = "UnstorableValueError";
  }
}

/**
 * The JSON text of a value, when PostgreSQL's `jsonb` can hold it as it is. What `JSON.stringify` would drop or
 * change silently (NaN, undefined in a list) and what the database refuses (`\u0000`, halves of surrogate pairs) is
 * an error that names its place, because the whole batch that a value travels in would fail with it.
 *
 * @param value Anything; properties that are undefined are left out.
 * @param name What the value is called in errors, such as `params`.
 * @throws UnstorableValueError when it cannot be stored.
 */
export function storableJson(value: unknown, name: string): string {
  check(value, name, []);
  return JSON.stringify(value);
}

/** @param ancestors Objects around the value, to find cycles. */
function check(value: unknown, path: string, ancestors: readonly object[]): void {
  switch (typeof value) {
    case "string":
      return checkText(value, path);
    case "number":
      if (Number.isFinite(value)) return;
      throw new UnstorableValueError(path, `is ${value}, which JSON cannot hold`);
    case "boolean":
      return;
    case "object":
      return value === null ? undefined : checkObject(value, path, ancestors);
    default:
      throw new UnstorableValueError(
        path,
        value === undefined
          ? "is undefined, which JSON cannot hold"
          : `is a ${typeof value}, which JSON cannot hold`,
      );
  }
}

function checkText(text: string, path: string): void {
  if (text.includes("\0")) {
    throw new UnstorableValueError(path, "holds \\u0000, which the database cannot store");
  }
  if (!text.isWellFormed()) {
    throw new UnstorableValueError(path, "holds half of a surrogate pair, which the database cannot store");
  }
}

function checkObject(value: object, path: string, ancestors: readonly object[]): void {
  if (ancestors.includes(value)) throw new UnstorableValueError(path, "contains itself");
  if (ancestors.length >= MAX_DEPTH) {
    throw new UnstorableValueError(path, `is nested more than ${MAX_DEPTH} deep`);
  }
  const around = [...ancestors, value];
  if ("toJSON" in value && typeof value.toJSON === "function") return check(value.toJSON(), path, around);
  if (Array.isArray(value)) return value.forEach((item, index) => check(item, `${path}[${index}]`, around));
  for (const [key, item] of Object.entries(value)) {
    checkText(key, `a key of ${path}`);
    if (item !== undefined) check(item, `${path}.${key}`, around);
  }
}

/** Makes a text that the database can store: no NUL, no half of a surrogate pair. */
export function storableText(text: string): string {
  return text.replaceAll("\0", "\u{fffd}").toWellFormed();
}
