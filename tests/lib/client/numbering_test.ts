import assert from "node:assert/strict";
import { numberedSteps } from "../../../lib/client/numbering.ts";

Deno.test("numberedSteps() tells steps and edges by number, edges by parent", () => {
  const steps = [
    { name: "top", task: "ends" },
    { name: "left", task: "sides", dependsOn: ["top"] },
    { name: "right", task: "sides", dependsOn: ["top", "top"] },
    { name: "bottom", task: "ends", dependsOn: ["right", "left"] },
    { name: "after", task: "ends" },
    { name: "lone", task: "alone", dependsOn: [] },
  ];
  assert.deepEqual(numberedSteps({ name: "diamond", steps }), {
    names: ["top", "left", "right", "bottom", "after", "lone"],
    shapes: [{ taskName: "ends" }, { taskName: "sides" }, { taskName: "alone" }],
    shapeOf: [1, 2, 2, 1, 1, 3],
    children: [2, 3, 4, 4, 5],
    parents: [1, 1, 2, 3, 4],
  });
});

Deno.test("numberedSteps() has a form for each task with the same options", () => {
  const hasty = { task: "t", onParentFailure: "ignore", timeoutSec: 5, dependsOn: [] } as const;
  const steps = [{ name: "a", task: "t" }, { ...hasty, name: "b" }, {
    ...hasty,
    name: "c",
    params: { n: 1 },
  }];
  const { shapes, shapeOf } = numberedSteps({ name: "forms", steps })!;
  assert.deepEqual(shapes, [{ taskName: "t" }, { taskName: "t", onParentFailure: "ignore", timeoutSec: 5 }]);
  assert.deepEqual(shapeOf, [1, 2, 2]);
});

Deno.test("numberedSteps() leaves to the database what is not in order, and policies of edges", () => {
  const a = { name: "a", task: "t", dependsOn: [] };
  const others = [
    [{ ...a, dependsOn: ["a"] }],
    [{ ...a, dependsOn: ["b"] }, { ...a, name: "b" }],
    [a, { ...a, name: "b", dependsOn: ["018f4e5a-0000-7000-8000-000000000000"] }],
    [a, a],
    [a, { ...a, name: "b", dependsOn: [{ step: "a" }] }],
  ];
  for (const steps of others) assert.equal(numberedSteps({ name: "odd", steps }), null);
});
