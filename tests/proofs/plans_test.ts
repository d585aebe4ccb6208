import assert from "node:assert/strict";
import { comparePages, describeComparison } from "./plans/compare.ts";
import { POPULATIONS } from "./plans/populations.ts";

/** `deno task test:plans` takes a million, and looks beside an old snapshot, too. */
const MANY = 20_000;

for (const kind of POPULATIONS) {
  Deno.test(`calls touch no more pages among ${MANY} rows that are ${kind.name} than among few`, async () => {
    const comparisons = await comparePages(kind, MANY);
    assert.ok(comparisons.length >= 6);
    assert.deepEqual(comparisons.filter(({ fine }) => !fine).map(describeComparison), []);
  });
}
