/**
 * The one place where objects of the library turn into the documents that `--json` prints.
 *
 * @module
 */

/** Keys whose value is the user's own and must not be renamed inside. */
const OPAQUE_KEYS = new Set(["params", "result", "inputs", "taskIds", "task_ids"]);

/**
 * A value as JSON documents show it: keys in snake_case, as in SQL; dates as ISO 8601 in UTC; what the user stored
 * (params, results) untouched.
 *
 * @example Keys are renamed, params are not
 * ```ts ignore
 * toDocument({ taskId: "0199", params: { myKey: 1 } }); // { task_id: "0199", params: { myKey: 1 } }
 * ```
 */
export function toDocument(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toDocument);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [key, item],
    ) => [snakeCase(key), OPAQUE_KEYS.has(key) ? item : toDocument(item)]),
  );
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
