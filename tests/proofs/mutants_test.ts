import assert from "node:assert/strict";
import { MUTANTS } from "./mutants/mutants.ts";
import { findOut, HISTORIES } from "./mutants/plant.ts";

/** All of them take minutes: `deno task test:mutants`. */
const SOME = MUTANTS.filter((_, index) => index % 5 === 0);

for (const mutant of SOME) {
  Deno.test(`a proof notices the mistake: ${mutant.name}`, async () => {
    assert.notEqual(await findOut(mutant, HISTORIES), null, "nobody noticed it");
  });
}
