/**
 * Planting a mistake, and asking the proofs whether they notice.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { DatabaseSession } from "../../../lib/database.ts";
import { testDatabase } from "../../support/database.ts";
import { checkHistories } from "../model/check.ts";
import { RACES } from "../races/cases.ts";
import { checkRows } from "../races/race.ts";
import type { Mutant } from "./mutants.ts";

/**
 * Changes the installed function.
 *
 * @throws AssertionError when a text to change is not there: then the mistake has to be written anew.
 */
export async function plant(database: DatabaseSession, mutant: Mutant): Promise<void> {
  const found = await database.query<{ text: string }>(
    "select pg_get_functiondef(oid) as text from pg_proc where proname = $1 and pronamespace = 'absurd'::regnamespace",
    [mutant.function],
  );
  assert.equal(found.length, 1, `there is no function absurd.${mutant.function}, or more than one`);
  let { text } = found[0];
  for (const [find, replacement] of mutant.changes) {
    const changed = text.replace(find, replacement);
    assert.notEqual(changed, text, `absurd.${mutant.function} does not hold ${find}`);
    text = changed;
  }
  await database.script(text);
}

/** How many histories the model plays for a mistake at most, and from which seed. */
export const HISTORIES = { runs: 800, seed: 1 };

/** The race that goes wrong without any mistake: then it proves nothing about one. Null when all go well. */
export async function findFalseAlarm(): Promise<string | null> {
  return await askRaces(null);
}

/** Who noticed a mistake, and by what; null when nobody did. */
export async function findOut(mutant: Mutant, { runs, seed }: { runs: number; seed: number }) {
  const model = () => askModel(mutant, { runs, seed });
  const races = () => askRaces(mutant);
  return mutant.by === "model" ? await model() ?? await races() : await races() ?? await model();
}

async function askModel(mutant: Mutant, options: { runs: number; seed: number }): Promise<string | null> {
  await using test = await testDatabase();
  await plant(test.database, mutant);
  const { counts, failure } = await checkHistories(test.database, { ...options, shrink: false });
  if (failure === null) return null;
  return `model, history ${counts.histories}: ${failure.match(/After step \d+ \(\w+\)/)?.[0] ?? failure}`;
}

async function askRaces(mutant: Mutant | null): Promise<string | null> {
  for (const { name, pair, play } of RACES) {
    await using test = await testDatabase();
    if (mutant) await plant(test.database, mutant);
    // A race that waits for what never comes ends by this.
    await test.database.query(`alter database "${test.url.split("/").at(-1)}" set statement_timeout = '10s'`);
    try {
      await play(test.database);
      await checkRows(test.database);
    } catch {
      return `race ${pair}: ${name}`;
    }
  }
  return null;
}
