import assert from "node:assert/strict";
import { type Chain, CHAINS, parseChain, stepEdges } from "../../lib/chain.ts";

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

/** Names of what a step waits for. */
function parents(chain: Chain, index: number): string[] {
  return stepEdges(chain, index).map((edge) => typeof edge === "string" ? edge : edge.step);
}

Deno.test("stepEdges() is the step before, unless a step says otherwise", () => {
  const chain = parseChain({ steps: [{ task: "a" }, { task: "b" }, { task: "c", depends_on: [] }] }, "test");
  assert.deepEqual([0, 1, 2].map((index) => parents(chain, index)), [[], ["a"], []]);
});

Deno.test("parseChain() reads the options of steps, and policies of edges", () => {
  const chain = parseChain({
    steps: [
      { task: "a", priority: -1, delay: "2h30m", max_retries: 0, timeout: 0.5 },
      { task: "b", on_parent_failure: "wait", timeout: "1h" },
      { task: "c", depends_on: ["a", { step: "b", on_parent_failure: "ignore" }] },
    ],
  }, "test");
  assert.deepEqual(chain.steps, [
    { name: "a", task: "a", priority: -1, delaySec: 9000, maxRetries: 0, timeoutSec: 0.5 },
    { name: "b", task: "b", onParentFailure: "wait", timeoutSec: 3600 },
    { name: "c", task: "c", dependsOn: ["a", { step: "b", onParentFailure: "ignore" }] },
  ]);
  assert.deepEqual(parents(chain, 2), ["a", "b"]);
});

Deno.test("parseChain() names the step, the option and its value where an option cannot be used", () => {
  const cases: [option: Record<string, unknown>, message: string][] = [
    [{ on_parent_failure: "stop" }, 'on_parent_failure of step s must be cancel, wait or ignore, not "stop"'],
    [{ priority: 1.5 }, "priority of step s must be a whole number, not 1.5"],
    [{ delay: -1 }, "delay of step s must be a duration such as 90, 90s or 2h30m, not -1"],
    [{ max_retries: -1 }, "max_retries of step s must be a whole number from 0, not -1"],
    [{ timeout: "1 hour" }, 'timeout of step s must be a duration such as 90, 90s or 2h30m, not "1 hour"'],
    [{ timeout: null }, "timeout of step s must be a duration such as 90, 90s or 2h30m, not null"],
    [
      { depends_on: [{ step: "r", on_parent_failure: "x" }] },
      'on_parent_failure of step s for r must be cancel, wait or ignore, not "x"',
    ],
    [{ depends_on: [{ task: "r" }] }, 'chain.steps[0].depends_on[0] has an unknown key "task"'],
  ];
  for (const [option, message] of cases) {
    const chain = { steps: [{ name: "s", task: "t", ...option }] };
    assert.throws(() => parseChain(chain, "test"), { name: "InvalidGraphError", message });
  }
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
