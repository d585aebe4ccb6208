/**
 * Calls of the schema beside which the model does the same.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { DatabaseSession } from "../../../lib/database.ts";
import { AbsurdError } from "../../../lib/errors.ts";
import { freeAll } from "../support/freeing.ts";
import { Refused } from "./types.ts";

// deno-lint-ignore no-explicit-any -- rows of many shapes; a column that is missing fails the comparison
type Row = Record<string, any>;

/** Calls a function that answers with one value, which has to be the model's. */
export async function same(
  session: DatabaseSession,
  name: string,
  args: Parameters<DatabaseSession["call"]>[1],
  expect: () => unknown,
  compared = true,
): Promise<void> {
  const [{ rows, answer }] = await both(session, name, args, expect);
  if (compared && answer !== undefined) assert.equal(rows[0][name], answer);
}

/** Calls a function, and lets the model do the same: both answer, or both refuse for the same reason. */
export async function both<T>(
  session: DatabaseSession,
  name: string,
  args: Parameters<DatabaseSession["call"]>[1],
  expect: (rows?: Row[]) => T,
): Promise<[{ rows: Row[]; answer: T }]> {
  let rows: Row[] | undefined;
  let refusal: AbsurdError | undefined;
  try {
    rows = await session.call<Row>(name, args);
    await freeAll(session); // as the model does by itself
  } catch (error) {
    if (!(error instanceof AbsurdError)) throw error;
    refusal = error;
  }
  try {
    const answer = expect(rows);
    assert.ok(rows, `${name} was refused: ${refusal?.sqlState} ${refusal?.message}`);
    return [{ rows, answer }];
  } catch (error) {
    if (!(error instanceof Refused)) throw refusal ?? error;
    assert.ok(refusal, `${name} was not refused with ${error.sqlState}: ${JSON.stringify(rows)}`);
    assert.equal(refusal.sqlState, error.sqlState, refusal.message);
    throw error;
  }
}
