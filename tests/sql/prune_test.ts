import assert from "node:assert/strict";
import { advanceClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import {
  claimOne,
  complete,
  drain,
  failForGood,
  refused,
  type Row,
  rows,
  type Session,
  spawn,
  spawnGraph,
  task,
  value,
} from "./queue.ts";

const DAY = 86_400;

async function prune(session: Session, { days = 30, limit = 1000 } = {}): Promise<Row> {
  const [row] = await rows(session, "prune", { "older_than_sec": days * DAY, limit });
  return row;
}

async function count(session: Session, table: string): Promise<number> {
  const [row] = await session.query<{ count: number }>(`select count(*)::int as count from absurd.${table}`);
  return row.count;
}

Deno.test("prune() forgets an old task with all that belongs to it, and no young one", async () => {
  await withDatabase(async (database) => {
    const runTwice = async () => {
      const { id, attempt } = await claimOne(database);
      await rows(database, "release_tasks", { outcomes: [{ "task_id": id, attempt }] });
      await complete(database, await claimOne(database));
    };
    const old = await spawn(database, { key: "k", "key_window_sec": 60 });
    await runTwice();
    await advanceClock(database, 31 * DAY);
    const young = await spawn(database);
    await runTwice();
    const pending = await spawn(database);
    const { tasks, keys } = await prune(database);
    assert.deepEqual([tasks, keys], [1, 1]);
    assert.equal(await task(database, old), null);
    assert.equal((await task(database, young)).status, "completed");
    assert.equal((await task(database, pending)).status, "pending");
    assert.equal(await count(database, "attempts"), 1);
    assert.equal(await count(database, "idempotency_keys"), 0);
    assert.equal((await prune(database)).tasks, 0);
  });
});

Deno.test("prune() keeps a key whose window is open though its task is gone", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, { key: "k", "key_window_sec": 90 * DAY });
    await complete(database, await claimOne(database));
    await advanceClock(database, 31 * DAY);
    assert.equal((await prune(database)).tasks, 1);
    assert.equal(await spawn(database, { key: "k" }), id);
    await advanceClock(database, 60 * DAY);
    assert.equal((await prune(database)).keys, 1);
    assert.notEqual(await spawn(database, { key: "k" }), id);
  });
});

Deno.test("spawn_workflow() returns the id of a workflow that is gone, while its key counts", async () => {
  await withDatabase(async (database) => {
    const workflow = { name: "w", "queue_name": "q", key: "k", "key_window_sec": 90 * DAY };
    const steps = [{ name: "a", "task_name": "a" }];
    const [first] = await rows(database, "spawn_workflow", { workflow: { ...workflow, steps } });
    await complete(database, await claimOne(database));
    await advanceClock(database, 31 * DAY);
    assert.equal((await prune(database)).workflows, 1);
    const again = await rows(database, "spawn_workflow", {
      workflow: { ...workflow, params: { a: 1 }, steps },
    });
    assert.deepEqual(
      again.map((row) => [row.workflow_id, row.created, row.params_differ, row.step_name, row.task_id]),
      [[first.workflow_id, false, true, null, null]],
    );
  });
});

Deno.test("prune() keeps dead letters that wait, and what was cancelled because of them", async () => {
  await withDatabase(async (database) => {
    const parent = await spawn(database);
    const child = await spawn(database, { "depends_on": [parent] });
    await failForGood(database, await claimOne(database));
    await advanceClock(database, 31 * DAY);
    assert.equal((await prune(database)).tasks, 0);
    await rows(database, "replay_dead_letters", { filter: { all: true } });
    assert.deepEqual((await drain(database)).length, 2);
    await advanceClock(database, 31 * DAY);
    assert.equal((await prune(database)).tasks, 2);
    assert.deepEqual([await task(database, parent), await task(database, child)], [null, null]);
    assert.equal(await count(database, "dead_letters"), 0);
  });
});

Deno.test("prune() keeps a parent while a child has not completed", async () => {
  await withDatabase(async (database) => {
    const parent = await spawn(database);
    await complete(database, await claimOne(database), { from: "parent" });
    const child = await spawn(database, { "depends_on": [parent], "delay_sec": 32 * DAY });
    await advanceClock(database, 33 * DAY);
    assert.equal((await prune(database)).tasks, 0);
    const held = await claimOne(database);
    assert.deepEqual(held.row.inputs, { [parent]: { from: "parent" } });
    await complete(database, held);
    assert.equal((await prune(database)).tasks, 1);
    assert.deepEqual((await task(database, child)).depends_on, []);
  });
});

Deno.test("prune() takes a workflow whole or not at all", async () => {
  await withDatabase(async (database) => {
    const first = await spawnGraph(database, { a: [], b: ["a"], c: ["b"] });
    await drain(database);
    const outside = await spawn(database, { "depends_on": [first.tasks.b], "delay_sec": 40 * DAY });
    const second = await spawnGraph(database, { a: [], b: ["a"] });
    await drain(database);
    await advanceClock(database, 31 * DAY);
    const { tasks, workflows } = await prune(database);
    assert.deepEqual([tasks, workflows], [2, 1]);
    assert.equal(await value(database, "get_workflow", { "workflow_id": second.workflow }), null);
    assert.equal(
      (await value<Row>(database, "get_workflow", { "workflow_id": first.workflow })).steps.length,
      3,
    );
    assert.equal((await task(database, outside)).state, "scheduled");
  });
});

Deno.test("prune() keeps to its limit, except that a workflow goes whole", async () => {
  await withDatabase(async (database) => {
    for (let n = 0; n < 5; n++) await spawn(database);
    await spawnGraph(database, { a: [], b: ["a"], c: ["b"] });
    await drain(database);
    await advanceClock(database, 31 * DAY);
    const found: number[] = [];
    for (let tasks = 1; tasks > 0; found.push(tasks)) tasks = (await prune(database, { limit: 2 })).tasks;
    assert.deepEqual(found, [5, 2, 1, 0]);
    assert.equal(await count(database, "tasks"), 0);
  });
});

Deno.test("prune() forgets old events and silent workers", async () => {
  await withDatabase(async (database) => {
    await rows(database, "register_worker", { "worker_id": "w0", info: { "queue_names": ["q"] } });
    await spawn(database);
    await complete(database, await claimOne(database));
    await prune(database); // events go by pages, which readers fill, or an earlier call
    await advanceClock(database, 31 * DAY);
    await spawn(database);
    const { events, workers } = await prune(database);
    assert.deepEqual([events, workers], [3, 1]);
    assert.equal(await count(database, "event_batches"), 1);
  });
});

Deno.test("get_prunable() tells what prune() would forget, and forgets nothing", async () => {
  await withDatabase(async (database) => {
    await rows(database, "register_worker", { "worker_id": "w0", info: { "queue_names": ["q"] } });
    await spawn(database, { key: "k", "key_window_sec": 60 });
    await spawnGraph(database, { a: [], b: ["a"] }, { key: "k", "key_window_sec": 60 });
    const parent = await spawn(database);
    await drain(database);
    const child = await spawn(database, { "depends_on": [parent] });
    await failForGood(database, await claimOne(database));
    await prune(database); // makes pages of the events so far
    await advanceClock(database, 31 * DAY);
    await spawn(database);
    const counted = async () => (await rows(database, "get_prunable", { "older_than_sec": 30 * DAY }))[0];
    const found = await counted();
    assert.deepEqual([found.tasks, found.workflows, found.keys, found.workers], [3, 1, 2, 1]);
    assert.ok(found.events > 0, "no event is old");
    assert.deepEqual(await counted(), found);
    assert.deepEqual(await prune(database), { ...found, ended: ["tasks", "workflows", "keys"] });
    assert.deepEqual(await counted(), { tasks: 0, workflows: 0, events: 0, keys: 0, workers: 0 });
    assert.equal((await task(database, child)).status, "failed");
  });
});

Deno.test("prune() refuses arguments that make no sense", async () => {
  await withDatabase(async (database) => {
    await refused(rows(database, "prune", { "older_than_sec": -1 }), "22023", /-1/);
    await refused(rows(database, "prune", { "older_than_sec": 1, limit: 0 }), "22023", /limit/);
    await refused(rows(database, "get_prunable", { "older_than_sec": -1 }), "22023", /-1/);
  });
});
