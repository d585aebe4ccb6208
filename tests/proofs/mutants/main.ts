// deno-lint-ignore-file no-console
/**
 * `deno task test:mutants -- --runs N --seed S`: N histories at most for each planted mistake.
 *
 * @module
 */

import { readOptions } from "../support/options.ts";
import { MUTANTS } from "./mutants.ts";
import { findFalseAlarm, findOut, HISTORIES } from "./plant.ts";

const { runs, seed } = readOptions(HISTORIES);
const alarm = await findFalseAlarm();
if (alarm !== null) throw new Error(`Goes wrong without any mistake: ${alarm}`);
let survivors = 0;
for (const mutant of MUTANTS) {
  const noticed = await findOut(mutant, { runs, seed });
  if (noticed === null) survivors++;
  console.log(`${noticed === null ? "SURVIVED" : "caught  "}  ${mutant.name} (${mutant.function})`);
  if (noticed !== null) console.log(`          by ${noticed}`);
}
console.log(
  `${MUTANTS.length} mistakes planted, ${MUTANTS.length - survivors} caught, ${survivors} survived`,
);
Deno.exitCode = survivors > 0 ? 1 : 0;
