import assert from "node:assert/strict";
import { json } from "../../lib/database.ts";
import { withDatabase } from "../support/database.ts";
import {
  claimOne,
  complete,
  drain,
  failForGood,
  QUEUE,
  refused,
  type Row,
  type Session,
  states,
  value,
} from "./queue.ts";

/** A diamond, and a step apart. */
const DIAMOND = {
  workflow: {
    name: "diamond",
    "queue_name": QUEUE,
    priority: 3,
    steps: [{ "task_name": "ends" }, {
      "task_name": "sides",
      "on_parent_failure": "ignore",
      "max_retries": 0,
    }],
  },
  names: ["top", "left", "right", "bottom", "lone"],
  params: [{}, { n: 1 }, null, {}, {}],
  "shape_of": [1, 2, 2, 1, 1],
  children: [2, 3, 4, 4],
  parents: [1, 1, 2, 3],
};

async function spawnSteps(session: Session, { workflow, params, ...arrays }: Row): Promise<Row> {
  const args = { workflow: json(workflow), params: json(params), ...arrays };
  const [spawned] = await session.call<Row>("spawn_steps", args);
  return {
    ...spawned,
    tasks: Object.fromEntries(
      arrays.names.map((name: string, index: number) => [name, spawned.task_ids[index]]),
    ),
  };
}

Deno.test("spawn_steps() spawns the steps that numbers tell, as spawn_workflow() would", async () => {
  await withDatabase(async (database) => {
    const info = json({ "queue_names": [QUEUE], "task_names": ["sides"] });
    await database.call("register_worker", { "worker_id": "w", info });
    const { "workflow_id": workflow, tasks, "not_offered": notOffered } = await spawnSteps(database, DIAMOND);
    assert.deepEqual(notOffered, ["ends"]);
    assert.deepEqual(await states(database, tasks), {
      top: "ready",
      left: "blocked",
      right: "blocked",
      bottom: "blocked",
      lone: "ready",
    });
    const found = await value<Row>(database, "get_workflow", { "workflow_id": workflow });
    assert.deepEqual(
      found.steps.map((step: Row) => [
        step.step_name,
        step.task_name,
        step.priority,
        step.params,
        step.depends_on.map((edge: Row) => [edge.step_name, edge.on_parent_failure]),
      ]),
      [
        ["top", "ends", 3, {}, []],
        ["left", "sides", 3, { n: 1 }, [["top", "ignore"]]],
        ["right", "sides", 3, {}, [["top", "ignore"]]],
        ["bottom", "ends", 3, {}, [["left", "cancel"], ["right", "cancel"]]],
        ["lone", "ends", 3, {}, []],
      ],
    );
    const depths = await database.query<{ depth: number }>("select depth from absurd.tasks order by task_id");
    assert.deepEqual(depths.map(({ depth }) => depth), [0, 1, 1, 2, 0]);
    await failForGood(database, await claimOne(database));
    assert.equal((await states(database, tasks)).left, "ready", "it ignores how top ended");
    await complete(database, await claimOne(database));
    assert.deepEqual(await drain(database), ["right", "bottom", "lone"]);
  });
});

Deno.test("spawn_steps() takes one form, and one set of params, for all steps", async () => {
  await withDatabase(async (database) => {
    const { "workflow_id": workflow } = await spawnSteps(database, {
      ...DIAMOND,
      params: [{ n: 7 }],
      "shape_of": [2],
    });
    const { steps } = await value<Row>(database, "get_workflow", { "workflow_id": workflow });
    for (const step of steps) assert.deepEqual([step.task_name, step.params], ["sides", { n: 7 }]);
    assert.equal(steps.length, 5);
  });
});

Deno.test("spawn_steps() names a task once that no worker offers, though it has several forms", async () => {
  await withDatabase(async (database) => {
    const forms = [{ "task_name": "t" }, { "task_name": "t", priority: 1 }];
    const workflow = { ...DIAMOND.workflow, steps: forms };
    assert.deepEqual((await spawnSteps(database, { ...DIAMOND, workflow })).not_offered, ["t"]);
  });
});

const REFUSED: readonly [change: Row, code: string, message: RegExp][] = [
  [{ children: [2, 3, 4, 6] }, "22023", /lead from a step to a later one/],
  [{ children: [2, 3, 4, 3] }, "22023", /lead from a step to a later one/],
  [{ parents: [1, 1, 2, 0] }, "22023", /lead from a step to a later one/],
  [{ parents: [1, 1, 3, 2] }, "22023", /come by parent/],
  [{ parents: [1, 1, 2] }, "22023", /lead from a step to a later one/],
  [{ parents: [1, 1, 2, null] }, "22023", /lead from a step to a later one/],
  [{ children: null }, "22023", /lead from a step to a later one/],
  [{ children: [2, 3, 4, 4, 4], parents: [1, 1, 2, 3, 3] }, "23505", /dependencies_pkey/],
  [{ "shape_of": [1, 2, 2, 1, 3] }, "22023", /from 1 to 2/],
  [{ "shape_of": [1, 2, 2, 1] }, "22023", /as many params and shape_of as names/],
  [{ params: [{}, {}] }, "22023", /as many params and shape_of as names/],
  [{ params: [{}, {}, {}, 5, {}] }, "22023", /Step bottom: params must be a JSON object/],
  [{ names: [] }, "22023", /as many params and shape_of as names/],
  [{ names: ["top", "left", "left", "bottom", "lone"] }, "TQ003", /more than once: left/],
  [{ names: ["top", "left", null, "bottom", "lone"] }, "22023", /no name \(step 3\)/],
  [{ workflow: { ...DIAMOND.workflow, key: "k" } }, "22023", /spawned by spawn_workflow/],
  [{ workflow: { ...DIAMOND.workflow, steps: [] } }, "22023", /no steps/],
  [
    { workflow: { ...DIAMOND.workflow, steps: [{ "task_name": "t" }, { "task_name": "t", priority: "x" }] } },
    "22023",
    /Step left: priority/,
  ],
];

Deno.test("spawn_steps() refuses numbers that are none, and steps that spawn_workflow() refuses", async () => {
  await withDatabase(async (database) => {
    for (const [change, code, message] of REFUSED) {
      await refused(spawnSteps(database, { ...DIAMOND, ...change }), code, message);
    }
    assert.deepEqual(await database.query("select from absurd.tasks"), []);
  });
});
