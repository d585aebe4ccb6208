import assert from "node:assert/strict";
import { comparePages, describeComparison } from "./plans/compare.ts";
import { POPULATIONS } from "./plans/populations.ts";

/** `deno task test:plans` takes a million. */
const MANY = 20_000;

for (const kind of POPULATIONS) {
  Deno.test(`calls touch no more pages among ${MANY} rows that are ${kind.name}`, async () => {
    const comparisons = await comparePages(kind, MANY);
    assert.deepEqual(comparisons.filter(({ fine }) => !fine).map(describeComparison), []);
  });
}
