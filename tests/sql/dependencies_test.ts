import assert from "node:assert/strict";
import { advanceClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import {
  claimOne,
  complete,
  drain,
  fail,
  failForGood,
  type Row,
  spawn,
  spawnGraph,
  states,
  task,
  value,
} from "./queue.ts";

Deno.test("a failed parent cancels what depends on it, down the graph, with the root cause", async () => {
  await withDatabase(async (database) => {
    const { workflow, tasks } = await spawnGraph(database, { a: [], b: ["a"], c: ["b"], d: ["c"], free: [] });
    await failForGood(database, await claimOne(database));
    assert.deepEqual(await states(database, tasks), {
      a: "failed",
      b: "cancelled",
      c: "cancelled",
      d: "cancelled",
      free: "ready",
    });
    for (const name of ["b", "c", "d"]) {
      assert.equal((await task(database, tasks[name])).cause_task_id, tasks.a);
    }
    assert.equal((await task(database, tasks.b)).cancel_reason, "Parent a failed");
    assert.equal((await task(database, tasks.c)).cancel_reason, "Parent b was cancelled");
    assert.equal((await value<Row>(database, "get_workflow", { "workflow_id": workflow })).status, "running");
    await drain(database);
    assert.equal((await value<Row>(database, "get_workflow", { "workflow_id": workflow })).status, "failed");
  });
});

Deno.test("a failure that is retried touches no child", async () => {
  await withDatabase(async (database) => {
    const { tasks } = await spawnGraph(database, { a: [], b: ["a"] });
    await fail(database, await claimOne(database));
    assert.deepEqual(await states(database, tasks), { a: "scheduled", b: "blocked" });
    await advanceClock(database, 3600);
    assert.deepEqual(await drain(database), ["a", "b"]);
  });
});

Deno.test("a child that ignores its parent's bad end runs, without that parent's result", async () => {
  await withDatabase(async (database) => {
    const bad = await spawn(database);
    const other = await spawn(database);
    const child = await spawn(database, { "depends_on": [bad, other], "on_parent_failure": "ignore" });
    await failForGood(database, await claimOne(database));
    assert.equal((await task(database, child)).state, "blocked", "the other parent is unfinished");
    await complete(database, await claimOne(database), { n: 1 });
    assert.deepEqual((await claimOne(database)).row.inputs, { [other]: { n: 1 } });
  });
});

Deno.test("a child that waits stays blocked until its parent is retried and completes", async () => {
  await withDatabase(async (database) => {
    const parent = await spawn(database);
    const child = await spawn(database, { "depends_on": [parent], "on_parent_failure": "wait" });
    await failForGood(database, await claimOne(database));
    assert.equal((await task(database, child)).state, "blocked");
    await value(database, "retry_task", { "task_id": parent });
    assert.equal((await task(database, child)).state, "blocked");
    await complete(database, await claimOne(database));
    assert.equal((await claimOne(database)).id, child);
  });
});

Deno.test("an ignored parent that is retried is counted once", async () => {
  await withDatabase(async (database) => {
    const bad = await spawn(database);
    const other = await spawn(database, { "delay_sec": 60 });
    const child = await spawn(database, { "depends_on": [bad, other], "on_parent_failure": "ignore" });
    await failForGood(database, await claimOne(database));
    await value(database, "retry_task", { "task_id": bad });
    await complete(database, await claimOne(database));
    assert.equal((await task(database, child)).state, "blocked", "the other parent is unfinished");
    await advanceClock(database, 61);
    await complete(database, await claimOne(database));
    assert.equal((await claimOne(database)).id, child);
  });
});

Deno.test("a child is not claimable before its own time, though its parents are done", async () => {
  await withDatabase(async (database) => {
    const parent = await spawn(database);
    const child = await spawn(database, { "depends_on": [parent], "delay_sec": 60 });
    await complete(database, await claimOne(database));
    assert.equal((await task(database, child)).state, "scheduled");
    await advanceClock(database, 61);
    assert.equal((await claimOne(database)).id, child);
  });
});

Deno.test("a graph of many parents and children in one batch releases each child once", async () => {
  await withDatabase(async (database) => {
    const parents = Array.from({ length: 20 }, (_, n) => `p${n}`);
    const children = Array.from({ length: 20 }, (_, n) => `c${n}`);
    const { workflow } = await spawnGraph(
      database,
      Object.fromEntries([
        ...parents.map((name) => [name, []] as const),
        ...children.map((name) => [name, parents] as const),
      ]),
    );
    assert.deepEqual((await drain(database)).toSorted(), [...parents, ...children].toSorted());
    assert.equal(
      (await value<Row>(database, "get_workflow", { "workflow_id": workflow })).status,
      "completed",
    );
  });
});
