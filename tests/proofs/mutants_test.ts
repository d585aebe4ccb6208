import assert from "node:assert/strict";
import { MUTANTS } from "./mutants/mutants.ts";
import { findOut, HISTORIES, plant } from "./mutants/plant.ts";
import { withDatabase } from "../support/database.ts";

/** All of them take minutes: `deno task test:mutants`. */
const SOME = MUTANTS.filter((_, index) => index % 5 === 0);

Deno.test("each of the mistakes can be planted in the functions as they are", async () => {
  await withDatabase(async (database) => {
    for (const mutant of MUTANTS) {
      await database.session(async (session) => {
        await session.script("begin");
        await plant(session, mutant);
        await session.script("rollback");
      });
    }
  });
});

for (const mutant of SOME) {
  Deno.test(`a proof notices the mistake: ${mutant.name}`, async () => {
    assert.notEqual(await findOut(mutant, HISTORIES), null, "nobody noticed it");
  });
}
