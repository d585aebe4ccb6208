import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import {
  claim,
  claimOne,
  complete,
  drain,
  failForGood,
  QUEUE,
  refused,
  type Row,
  rows,
  type Session,
  spawn,
  spawnGraph,
  states,
  task,
  value,
} from "./queue.ts";

const DIAMOND = { top: [], left: ["top"], right: ["top"], bottom: ["left", "right"] };

Deno.test("spawn_workflow() spawns all steps, blocked until their parents are done", async () => {
  await withDatabase(async (database) => {
    const { workflow, tasks } = await spawnGraph(database, DIAMOND);
    assert.deepEqual(Object.keys(tasks), ["top", "left", "right", "bottom"]);
    assert.deepEqual(await states(database, tasks), {
      top: "ready",
      left: "blocked",
      right: "blocked",
      bottom: "blocked",
    });
    assert.deepEqual(await drain(database), ["top", "left", "right", "bottom"]);
    const found = await value<Row>(database, "get_workflow", { "workflow_id": workflow });
    assert.deepEqual([found.status, found.steps.length], ["completed", 4]);
  });
});

Deno.test("spawn_workflow() takes steps in any order, and locks them by the longest path from a root", async () => {
  await withDatabase(async (database) => {
    const { tasks } = await spawnGraph(database, { c: ["b", "a"], b: ["a"], a: [], lone: [] });
    const depths = await database.query<{ name: string; depth: number; open: number }>(
      "select step_name as name, depth, open_parents as open from absurd.tasks order by 1",
    );
    assert.deepEqual(depths, [
      { name: "a", depth: 0, open: 0 },
      { name: "b", depth: 1, open: 1 },
      { name: "c", depth: 2, open: 2 },
      { name: "lone", depth: 0, open: 0 },
    ]);
    assert.deepEqual(Object.keys(tasks), ["c", "b", "a", "lone"]);
  });
});

Deno.test("spawn_workflow() takes a chain of a thousand steps and a fan of a thousand", async () => {
  await withDatabase(async (database) => {
    const chain = Object.fromEntries(
      Array.from({ length: 1000 }, (_, n) => [`s${n}`, n === 0 ? [] : [`s${n - 1}`]]),
    );
    await spawnGraph(database, chain);
    const fan = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`s${n}`, n === 0 ? [] : ["s0"]]));
    await spawnGraph(database, fan);
    const [{ deepest }] = await database.query<{ deepest: number }>(
      "select max(depth) as deepest from absurd.tasks",
    );
    assert.equal(deepest, 999);
  });
});

Deno.test("spawn_workflow() refuses cycles, duplicates and unknown steps, naming them", async () => {
  await withDatabase(async (database) => {
    await refused(
      spawnGraph(database, { a: ["c"], b: ["a"], c: ["b"], free: [] }),
      "TQ003",
      /circle: a, b, c$/,
    );
    await refused(spawnGraph(database, { a: ["a"] }), "TQ003", /step a depends on a/);
    await refused(spawnGraph(database, { a: ["nobody"] }), "TQ003", /step a depends on nobody/);
    const workflow = (steps: unknown[]) => ({ name: "w", "queue_name": QUEUE, steps });
    const step = { name: "a", "task_name": "t" };
    await refused(
      rows(database, "spawn_workflow", { workflow: workflow([step, step]) }),
      "TQ003",
      /more than once: a/,
    );
    assert.deepEqual(await rows(database, "list_tasks"), []);
  });
});

Deno.test("spawn_workflow() refuses what it does not understand, naming the step", async () => {
  await withDatabase(async (database) => {
    const step = { name: "a", "task_name": "t" };
    const call = (workflow: Row) => rows(database, "spawn_workflow", { workflow });
    const whole = { name: "w", "queue_name": QUEUE, steps: [step] };
    await refused(call({ ...whole, retries: 3 }), "22023", /unknown key: retries/);
    await refused(call({ ...whole, steps: [] }), "22023", /no steps/);
    await refused(call({ ...whole, steps: 5 }), "22023", /no steps/);
    await refused(call({ ...whole, name: "" }), "22023", /name of the workflow/);
    await refused(call({ ...whole, params: 5 }), "22023", /params/);
    await refused(call({ ...whole, key: "k".repeat(600) }), "22023", /key/);
    await refused(call({ ...whole, "queue_name": null }), "22023", /queue_name/);
    await refused(call({ ...whole, steps: [{ "task_name": "t" }] }), "22023", /step 1/);
    await refused(call({ ...whole, steps: [{ ...step, priority: "x" }] }), "22023", /Step a: priority/);
    await refused(call({ ...whole, steps: [{ ...step, key: "k" }] }), "22023", /Step a: A key/);
    await refused(call({ ...whole, steps: [{ ...step, "depends_on": "b" }] }), "22023", /step a: "b"/);
    await refused(call({ ...whole, params: { text: "x".repeat(1_100_000) } }), "TQ005", /too large/);
    assert.deepEqual(await rows(database, "list_workflows"), []);
  });
});

Deno.test("spawn_workflow() links steps to tasks outside, by their own policies", async () => {
  await withDatabase(async (database) => {
    const done = await spawn(database);
    await complete(database, await claimOne(database), { table: "/cal" });
    const open = await spawn(database, { "delay_sec": 60 });
    const { tasks } = await spawnGraph(database, { first: [done], second: ["first", open] });
    assert.deepEqual(await states(database, tasks), { first: "ready", second: "blocked" });
    const held = await claimOne(database);
    assert.deepEqual(held.row.inputs, { [done]: { table: "/cal" } });

    const bad = await spawn(database);
    await failForGood(database, await claimOne(database));
    await refused(spawnGraph(database, { step: [bad] }), "TQ006", /failed/);
    const edge = { "task_id": bad, "on_parent_failure": "ignore" };
    const ignoring = await spawnGraph(database, { step: [edge] });
    assert.deepEqual(await states(database, ignoring.tasks), { step: "ready" });
    const waiting = await spawnGraph(database, { step: [{ ...edge, "on_parent_failure": "wait" }] });
    const stuck = await value<Row>(database, "get_workflow", { "workflow_id": waiting.workflow });
    assert.deepEqual([stuck.status, stuck.steps[0].state], ["failed", "blocked"]);
    await refused(
      spawnGraph(database, { step: ["018f4e5a-0000-7000-8000-000000000000"] }),
      "TQ001",
      /018f4e5a/,
    );
  });
});

Deno.test("spawn_workflow() gives a step the workflow's queue, priority and dead letter flag unless it has its own", async () => {
  await withDatabase(async (database) => {
    const workflow = {
      name: "w",
      "queue_name": "main",
      priority: 5,
      "dlq_enabled": false,
      params: { all: true },
      steps: [
        { name: "a", "task_name": "t", params: { own: 1 } },
        { name: "b", "task_name": "t", "queue_name": "gpu", priority: 9, "timeout_sec": 7 },
      ],
    };
    const [a, b] = await rows(database, "spawn_workflow", { workflow });
    const [first, second] = [await task(database, a.task_id), await task(database, b.task_id)];
    assert.deepEqual([first.queue_name, first.priority, first.params], ["main", 5, { own: 1 }]);
    assert.deepEqual([second.queue_name, second.priority, second.timeout_sec], ["gpu", 9, 7]);
    const found = await value<Row>(database, "get_workflow", { "workflow_id": a.workflow_id });
    assert.deepEqual([found.name, found.params, found.queue_name], ["w", { all: true }, "main"]);
  });
});

Deno.test("inputs hold the results of all ancestors by step name", async () => {
  await withDatabase(async (database) => {
    const outside = await spawn(database);
    await complete(database, await claimOne(database), { from: "outside" });
    await spawnGraph(database, { a: [outside], b: ["a"], c: ["b"], d: [] });
    const inputs: Record<string, unknown> = {};
    for (let count = 0; count < 4; count++) {
      const held = await claimOne(database);
      inputs[held.row.step_name] = held.row.inputs;
      await complete(database, held, held.row.step_name === "b" ? null : { from: held.row.step_name });
    }
    assert.deepEqual(inputs, {
      a: { [outside]: { from: "outside" } },
      b: { [outside]: { from: "outside" }, a: { from: "a" } },
      c: { [outside]: { from: "outside" }, a: { from: "a" }, b: null },
      d: {},
    });
  });
});

/** What a claim of all that is ready gets as inputs, by step name. */
async function inputsOfAll(session: Session): Promise<Record<string, unknown>> {
  return Object.fromEntries((await claim(session, 100)).map(({ row }) => [row.step_name, row.inputs]));
}

Deno.test("steps that are claimed together each get the inputs of their own ancestors", async () => {
  await withDatabase(async (database) => {
    await spawnGraph(database, { top: [], a: ["top"], b: ["top"], c: ["top", "side"], side: ["top"] });
    await complete(database, await claimOne(database), 1);
    const siblings = await claim(database, 100);
    assert.deepEqual(siblings.map(({ row }) => row.inputs), [{ top: 1 }, { top: 1 }, { top: 1 }]);
    await rows(database, "release_tasks", {
      outcomes: siblings.slice(0, 2).map(({ id, attempt }) => ({ "task_id": id, attempt })),
    });
    await complete(database, siblings[2], 2);
    assert.deepEqual(await inputsOfAll(database), { a: { top: 1 }, b: { top: 1 }, c: { top: 1, side: 2 } });
  });
  await withDatabase(async (database) => {
    await spawnGraph(database, { top: [], x: ["top"] });
    await complete(database, await claimOne(database), "first");
    await spawnGraph(database, { top: [], y: ["top"] }, { priority: 1 });
    await complete(database, await claimOne(database), "second");
    await spawnGraph(database, { z: [] });
    assert.deepEqual(await inputsOfAll(database), { x: { top: "first" }, y: { top: "second" }, z: {} });
  });
});
