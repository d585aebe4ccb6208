import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { checkHistories } from "./model/check.ts";

/** `deno task test:model` plays more of them, of another seed each time. */
const RUNS = 500;
/** Fixed, so that a failure is due to the change that is being tested. */
const SEED = 523163231;

Deno.test(`the schema does as the model says in ${RUNS} random histories`, () =>
  withDatabase(async (database) => {
    const { failure } = await checkHistories(database, { runs: RUNS, seed: SEED });
    assert.equal(failure, null, failure ?? "");
  }));
