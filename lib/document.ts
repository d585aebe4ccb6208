/**
 * The only mapping between the documents of the database and our objects: snake_case stops here.
 *
 * @module
 */

/** Values of the user, whose keys are left as they are. */
const OPAQUE_KEYS = new Set(["params", "result", "inputs"]);

/** Keys of times, which JSON holds as text. */
const TIME_KEY = /(^|_)at$/;

/**
 * A document of the database as an object of ours: keys in camelCase, times as dates.
 *
 * @param document A row, or a `jsonb` value.
 */
export function fromDocument<T>(document: unknown): T {
  return convert(document, "") as T;
}

function convert(value: unknown, key: string): unknown {
  if (typeof value === "string") return TIME_KEY.test(key) ? new Date(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Date || OPAQUE_KEYS.has(key)) {
    return value;
  }
  if (Array.isArray(value)) return value.map((item) => convert(item, ""));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [camelCase(name), convert(item, name)]),
  );
}

/**
 * An object of ours as a document for the database: keys in snake_case. Values stay as they are; undefined ones are
 * left out by JSON.
 */
export function toDocument(object: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [snakeCase(key), value]));
}

function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
