// deno-lint-ignore-file no-console
/**
 * `deno task test:plans -- --rows N`.
 *
 * @module
 */

import { readOptions } from "../support/options.ts";
import { comparePages, comparePagesBesideOldSnapshot, describeComparison, FACTOR, FEW } from "./compare.ts";
import { POPULATIONS } from "./populations.ts";

const { rows } = readOptions();
console.log(`Pages touched by a call among ${FEW} and among ${rows} rows; allowed factor ${FACTOR}`);
let count = 0;
let failures = 0;
for (const kind of POPULATIONS) {
  for (const compare of [comparePages, comparePagesBesideOldSnapshot]) {
    for (const comparison of await compare(kind, rows)) {
      count++;
      if (!comparison.fine) failures++;
      console.log(describeComparison(comparison));
    }
  }
}
console.log(`${count} comparisons, ${failures} too many`);
Deno.exitCode = failures > 0 ? 1 : 0;
