import assert from "node:assert/strict";
import { json } from "../../lib/database.ts";
import { setClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import {
  claim,
  claimOne,
  complete,
  drain,
  entriesRead,
  failForGood,
  QUEUE,
  refused,
  type Row,
  rows,
  type Session,
  spawn,
  spawnGraph,
  states,
  value,
} from "./queue.ts";

async function status(session: Session, workflow: string): Promise<string> {
  return (await value<Row>(session, "get_workflow", { "workflow_id": workflow })).status;
}

/** An edge to a step with a policy of its own. */
function edge(step: string, policy: string): Row {
  return { step, "on_parent_failure": policy };
}

Deno.test("a workflow runs until its last step is done", async () => {
  await withDatabase(async (database) => {
    const { workflow } = await spawnGraph(database, { a: [], b: [] });
    const [a, b] = await claim(database, 2);
    assert.equal(await status(database, workflow), "running");
    await complete(database, a);
    assert.equal(await status(database, workflow), "running");
    await complete(database, b);
    assert.equal(await status(database, workflow), "completed");
  });
});

Deno.test("a workflow runs while one of its first steps does, however many came after it", async () => {
  await withDatabase(async (database) => {
    const { workflow } = await spawnGraph(
      database,
      Object.fromEntries(Array.from({ length: 1002 }, (_, n) => [`s${n}`, []])),
    );
    const [first, ...others] = await claim(database, 1002);
    await rows(database, "complete_tasks", {
      outcomes: others.map(({ id, attempt }) => ({ "task_id": id, attempt })),
    });
    assert.equal(await status(database, workflow), "running");
    await complete(database, first);
    assert.equal(await status(database, workflow), "completed");
  });
});

Deno.test("a workflow completes when each bad step is ignored by all its children", async () => {
  await withDatabase(async (database) => {
    const { workflow } = await spawnGraph(database, {
      a: [],
      b: [edge("a", "ignore")],
      c: [edge("a", "ignore")],
    });
    await failForGood(database, await claimOne(database));
    assert.equal(await status(database, workflow), "running");
    await drain(database);
    assert.equal(await status(database, workflow), "completed");
  });
});

Deno.test("a workflow fails with a bad last step, which nobody ignores", async () => {
  await withDatabase(async (database) => {
    const { workflow } = await spawnGraph(database, { a: [], b: ["a"] });
    await complete(database, await claimOne(database));
    await failForGood(database, await claimOne(database));
    assert.equal(await status(database, workflow), "failed");
  });
});

Deno.test("a workflow fails when all that is left waits for an operator, whoever moved last", async () => {
  await withDatabase(async (database) => {
    const { workflow, tasks } = await spawnGraph(database, {
      bad: [],
      slow: [],
      stuck: [edge("bad", "wait"), edge("slow", "wait")],
      behind: ["stuck"],
    });
    const [bad, slow] = await claim(database, 2);
    await failForGood(database, bad);
    assert.equal(await status(database, workflow), "running", "a step is still running");
    await complete(database, slow);
    assert.equal(await status(database, workflow), "failed", "the last mover released nobody");
    assert.deepEqual(await states(database, tasks), {
      bad: "failed",
      slow: "completed",
      stuck: "blocked",
      behind: "blocked",
    });
    await value(database, "retry_task", { "task_id": bad.id });
    assert.equal(await status(database, workflow), "running");
    await drain(database);
    assert.equal(await status(database, workflow), "completed");
  });
});

Deno.test("a workflow is stuck, and free again, by a task outside", async () => {
  await withDatabase(async (database) => {
    const outside = await spawn(database);
    const edges = [{ "task_id": outside, "on_parent_failure": "wait" }];
    const { workflow } = await spawnGraph(database, { a: edges, b: ["a"] });
    assert.equal(await status(database, workflow), "running");
    await failForGood(database, await claimOne(database));
    assert.equal(await status(database, workflow), "failed");
    await value(database, "retry_task", { "task_id": outside });
    assert.equal(await status(database, workflow), "running");
    await drain(database);
    assert.equal(await status(database, workflow), "completed");
  });
});

Deno.test("a workflow that was stuck runs again, with its key, when a bad end outside that it ignores frees a step", async () => {
  await withDatabase(async (database) => {
    const root = await spawn(database);
    const outside = await spawn(database, { "depends_on": [root], "on_parent_failure": "wait" });
    const edges = [{ "task_id": outside, "on_parent_failure": "ignore" }];
    const { workflow, tasks } = await spawnGraph(database, { c: edges }, { key: "k" });
    const behind = await spawnGraph(database, { d: [{ "task_id": tasks.c, "on_parent_failure": "wait" }] });
    const both = async () => [await status(database, workflow), await status(database, behind.workflow)];
    await value(database, "cancel_task", { "task_id": root });
    assert.deepEqual(await both(), ["failed", "failed"]);
    await value(database, "cancel_task", { "task_id": outside });
    assert.equal((await states(database, tasks)).c, "ready");
    assert.deepEqual(await both(), ["running", "running"]);
    assert.equal((await spawnGraph(database, { c: edges }, { key: "k" })).workflow, workflow);
    await drain(database);
    assert.deepEqual(await both(), ["completed", "completed"]);
  });
});

Deno.test("a workflow ends as its own steps do, whatever outside depends on them", async () => {
  await withDatabase(async (database) => {
    const one = await spawnGraph(database, { a: [] });
    await spawn(database, { "depends_on": [one.tasks.a], "priority": 9 });
    await complete(database, await claimOne(database));
    assert.equal(
      await status(database, one.workflow),
      "completed",
      "it released a task outside, but no step",
    );
    await drain(database);
    const two = await spawnGraph(database, { a: [] });
    await spawn(database, { "depends_on": [two.tasks.a], "on_parent_failure": "ignore" });
    await failForGood(database, await claimOne(database));
    assert.equal(await status(database, two.workflow), "failed", "only a task outside ignores it");
  });
});

Deno.test("cancel_workflow() cancels what has not ended, and what depends on it outside", async () => {
  await withDatabase(async (database) => {
    const { workflow, tasks } = await spawnGraph(database, { a: [], b: [], c: ["b"] });
    const outside = await spawn(database, { "depends_on": [tasks.c] });
    await complete(database, await claimOne(database));
    await claimOne(database);
    const args = { "workflow_id": workflow, reason: "wrong night" };
    assert.equal(await value<number>(database, "cancel_workflow", args), 2);
    assert.equal(await status(database, workflow), "cancelled");
    assert.deepEqual(await states(database, { ...tasks, outside }), {
      a: "completed",
      b: "cancelled",
      c: "cancelled",
      outside: "cancelled",
    });
    assert.equal(await value<number>(database, "cancel_workflow", args), 0, "once more does no harm");
  });
});

Deno.test("a cancelled workflow that was retried and fails has failed", async () => {
  await withDatabase(async (database) => {
    const { workflow, tasks } = await spawnGraph(database, { a: [] });
    await value(database, "cancel_workflow", { "workflow_id": workflow, reason: "mistake" });
    await rows(database, "retry_task", { "task_id": tasks.a });
    await failForGood(database, await claimOne(database));
    const { status, "cancel_reason": reason } = await value<Row>(database, "get_workflow", {
      "workflow_id": workflow,
    });
    assert.deepEqual([status, reason], ["failed", null]);
  });
});

Deno.test("cancel_workflow() refuses an unknown workflow and one that has ended", async () => {
  await withDatabase(async (database) => {
    const nobody = "018f4e5a-0000-7000-8000-000000000000";
    await refused(value(database, "cancel_workflow", { "workflow_id": nobody }), "TQ008", new RegExp(nobody));
    const { workflow } = await spawnGraph(database, { a: [] });
    await drain(database);
    await refused(value(database, "cancel_workflow", { "workflow_id": workflow }), "TQ004", /completed/);
  });
});

Deno.test("cancelling one step of a workflow fails it", async () => {
  await withDatabase(async (database) => {
    const { workflow, tasks } = await spawnGraph(database, { a: [], b: ["a"] });
    await value(database, "cancel_task", { "task_id": tasks.a });
    assert.equal(await status(database, workflow), "failed");
  });
});

Deno.test("list_workflows() and find_workflows() find them", async () => {
  await withDatabase(async (database) => {
    const { workflow: first } = await spawnGraph(database, { a: [] }, { name: "one" });
    const { workflow: second } = await spawnGraph(database, { a: [] }, { name: "two" });
    const ids = async (filter: Row) =>
      (await rows(database, "list_workflows", { filter })).map((row) => row.list_workflows.workflow_id);
    assert.deepEqual(await ids({}), [second, first]);
    assert.deepEqual(await ids({ name: "one" }), [first]);
    assert.deepEqual(await ids({ status: "completed" }), []);
    assert.deepEqual(await ids({ before: second }), [first]);
    await refused(ids({ colour: "red" }), "22023", /colour/);
    const found = await rows(database, "find_workflows", { prefix: first.slice(0, 34) });
    assert.deepEqual(found.map((row) => row.find_workflows), [first]);
  });
});

Deno.test("list_workflows() filters by key and by the time of the last change", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const { workflow: ended } = await spawnGraph(database, { a: [] }, { key: "k" });
    const { workflow: running } = await spawnGraph(database, { b: [] });
    await setClock(database, "2026-03-01T13:00:00Z");
    await failForGood(database, await claimOne(database, { names: ["a"] }));
    const ids = async (filter: Row) =>
      (await rows(database, "list_workflows", { filter })).map((row) => row.list_workflows.workflow_id);
    assert.deepEqual(await ids({ key: "k" }), [ended]);
    assert.deepEqual(await ids({ since: "2026-03-01T13:00:00Z" }), [ended]);
    assert.deepEqual(await ids({ until: "2026-03-01T13:00:00Z" }), [running]);
  });
});

Deno.test("a step that completes reads its own workflow only, whatever statistics say", async () => {
  await withDatabase(async (database) => {
    await spawnGraph(database, Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`s${n}`, []])));
    await database.query("analyze absurd.tasks");
    const task = json({ "queue_name": QUEUE, "task_name": "work" });
    await database.call("spawn_alike", { task, params: json(Array(5_000).fill({})) });
    const step = await claimOne(database);
    const read = await entriesRead(database, ["tasks_pkey"], async (session) => {
      assert.equal(await complete(session, step), "ok");
    });
    assert.ok(read < 20, `read ${read} keys`);
  });
});
