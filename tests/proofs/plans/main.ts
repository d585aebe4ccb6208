// deno-lint-ignore-file no-console
/**
 * `deno task test:plans -- --rows N`.
 *
 * @module
 */

import { readOptions } from "../support/options.ts";
import { comparePages, describeComparison, FACTOR, FEW, SLACK } from "./compare.ts";
import { POPULATIONS } from "./populations.ts";

const { rows } = readOptions();
console.log(
  `Pages touched by a call among ${FEW} and among ${rows} rows; allowed factor ${FACTOR} and ${SLACK}`,
);
let count = 0;
let failures = 0;
for (const kind of POPULATIONS) {
  for (const comparison of await comparePages(kind, rows)) {
    count++;
    if (!comparison.fine) failures++;
    console.log(describeComparison(comparison));
  }
}
console.log(`${count} comparisons, ${failures} too many`);
Deno.exitCode = failures > 0 ? 1 : 0;
