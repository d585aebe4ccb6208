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
  if (typeof value === "string") return keyOf(key).isTime ? new Date(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Date || OPAQUE_KEYS.has(key)) {
    return value;
  }
  if (Array.isArray(value)) return value.map((item) => convert(item, ""));
  const object: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    object[keyOf(name).name] = convert((value as Record<string, unknown>)[name], name);
  }
  return object;
}

/** What is known of a key of documents. */
interface Key {
  readonly name: string;
  readonly isTime: boolean;
}

/** Documents have few different keys, but very many of each. */
const KEYS = new Map<string, Key>();
const MAX_KEYS = 1_000;

function keyOf(key: string): Key {
  const known = KEYS.get(key);
  if (known) return known;
  if (KEYS.size >= MAX_KEYS) KEYS.clear();
  const made = { name: camelCase(key), isTime: TIME_KEY.test(key) };
  KEYS.set(key, made);
  return made;
}

/**
 * An object of ours as a document for the database: keys in snake_case. Values stay as they are; undefined ones are
 * left out by JSON.
 */
export function toDocument(object: object): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) document[snakeCase(key)] = value;
  return document;
}

function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Keys of ours, of which there are few. */
const SNAKE_CASE = new Map<string, string>();

function snakeCase(key: string): string {
  const known = SNAKE_CASE.get(key);
  if (known !== undefined) return known;
  const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (SNAKE_CASE.size < MAX_KEYS) SNAKE_CASE.set(key, name);
  return name;
}
