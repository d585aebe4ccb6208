import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { checkHistories } from "./model/check.ts";

/** `deno task test:model` plays more of them, and the one of a seed again. */
const RUNS = 500;

Deno.test(`the schema does as the model says in ${RUNS} random histories`, () =>
  withDatabase(async (database) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { failure } = await checkHistories(database, { runs: RUNS, seed });
    assert.equal(failure, null, failure ?? "");
  }));
