import assert from "node:assert/strict";
import { addCounts, countTests } from "../../scripts/test_counts.ts";

const SUCCESS = { success: true };
const FAILURE = { success: false };

Deno.test("countTests() reads the last summary of deno test", () => {
  const output = [
    "a ... ok (1ms)",
    "ok | 9 passed | 0 failed (printed by a test)",
    "FAILED | 3 passed (1 step) | 2 failed | 1 ignored (2 steps) | 4 filtered out (259ms)",
    "",
  ].join("\n");
  assert.deepEqual(countTests(output, FAILURE), { passed: 3, failed: 2, skipped: 3 });
  const coloured = "\x1b[0m\x1b[32mok\x1b[0m | 22 passed | 0 failed \x1b[38;5;245m(31s)\x1b[0m\n";
  assert.deepEqual(countTests(coloured, SUCCESS), { passed: 22, failed: 0, skipped: 0 });
});

Deno.test("countTests() counts a failure when the run broke off or failed beside its tests", () => {
  assert.deepEqual(countTests("error: Module not found", FAILURE), { passed: 0, failed: 1, skipped: 0 });
  assert.deepEqual(countTests("ok | 2 passed | 0 failed (1s)", FAILURE), {
    passed: 2,
    failed: 1,
    skipped: 0,
  });
});

Deno.test("addCounts() adds up two runs", () => {
  const [a, b] = [{ passed: 1, failed: 2, skipped: 3 }, { passed: 10, failed: 20, skipped: 30 }];
  assert.deepEqual(addCounts(a, b), { passed: 11, failed: 22, skipped: 33 });
});
