// deno-lint-ignore-file no-console
/**
 * `deno task test:model -- --runs N --seed S`.
 *
 * @module
 */

import { testDatabase } from "../../support/database.ts";
import { readOptions } from "../support/options.ts";
import { checkHistories, describeCounts } from "./check.ts";

const { runs, seed } = readOptions({ runs: 500 });
await using test = await testDatabase();
console.log(`${runs} histories from seed ${seed}`);
const startedAt = performance.now();
const { counts, failure } = await checkHistories(test.database, { runs, seed });
if (failure !== null) {
  console.log(failure);
  Deno.exitCode = 1;
}
console.log(describeCounts(counts));
console.log(
  `${failure === null ? "ok" : "FAILED"} (${Math.round((performance.now() - startedAt) / 1000)} s)`,
);
