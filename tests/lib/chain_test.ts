import assert from "node:assert/strict";
import { CHAINS, parseChain, stepParents } from "../../lib/chain.ts";

Deno.test("CHAINS are the four of the pipeline", () => {
  const steps = Object.fromEntries(
    Object.entries(CHAINS).map(([name, chain]) => [name, chain.steps.map((step) => step.task)]),
  );
  assert.deepEqual(steps, {
    standard: ["convert_uvh5", "calibrate", "image", "extract", "catalog"],
    quick: ["convert_uvh5", "image"],
    calibrator: ["convert_uvh5", "calibrate"],
    target: ["apply_calibration", "image", "extract"],
  });
});

Deno.test("stepParents() is the step before, unless a step says otherwise", () => {
  const chain = parseChain({ steps: [{ task: "a" }, { task: "b" }, { task: "c", depends_on: [] }] }, "test");
  assert.deepEqual([0, 1, 2].map((index) => stepParents(chain, index)), [[], ["a"], []]);
});

Deno.test("parseChain() names the place of a mistake", () => {
  const cases: [value: unknown, message: string][] = [
    [[], "chain must be an object"],
    [{ steps: [] }, "chain.steps of test must be a list of at least one step"],
    [{ stages: [] }, 'chain has an unknown key "stages"'],
    [{ steps: [{}] }, "chain.steps[0].task must be a text that is not empty"],
    [{ steps: [{ task: "a", dependsOn: [] }] }, 'chain.steps[0] has an unknown key "dependsOn"'],
    [
      { steps: [{ task: "a", depends_on: "b" }] },
      "chain.steps[0].depends_on must be a list of names of steps",
    ],
    [{ steps: [{ task: "a", params: [] }] }, "chain.steps[0].params must be an object"],
  ];
  for (const [value, message] of cases) {
    assert.throws(() => parseChain(value, "test"), { name: "InvalidGraphError", message });
  }
});
