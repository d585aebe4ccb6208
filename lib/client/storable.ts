/**
 * JSON of callers, checked before it travels.
 *
 * @module
 */

import { InvalidArgumentError } from "../errors.ts";
import { storableJson, UnstorableValueError } from "../json.ts";

/**
 * The JSON text of a caller's value.
 *
 * @param name What the value is called in errors, such as `params`.
 * @throws InvalidArgumentError when the database cannot store it.
 */
export function storable(value: unknown, name: string): string {
  try {
    return storableJson(value, name);
  } catch (error) {
    if (!(error instanceof UnstorableValueError)) throw error;
    throw new InvalidArgumentError(error.message, { cause: error });
  }
}
