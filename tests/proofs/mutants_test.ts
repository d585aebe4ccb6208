import assert from "node:assert/strict";
import { MUTANTS } from "./mutants/mutants.ts";
import { findOut } from "./mutants/plant.ts";

for (const mutant of MUTANTS) {
  Deno.test(`a proof notices the mistake: ${mutant.name}`, async () => {
    assert.notEqual(await findOut(mutant, { runs: 400, seed: 1 }), null, "nobody noticed it");
  });
}
