import assert from "node:assert/strict";
import type { Database } from "../../lib/database.ts";
import { withDatabase } from "../support/database.ts";
import { type Fan, spawnFan } from "./fan.ts";
import { claim, claimOne, complete, drain, type Row, rows, spawn, states, task, value } from "./queue.ts";

/** Runs `test` beside a workflow whose first step has very many children, and has completed. */
async function withFan(test: (database: Database, fan: Fan) => Promise<void>): Promise<void> {
  await withDatabase(async (database) => await test(database, await spawnFan(database)));
}

/** How many tasks of the queue are ready, blocked and claimed. */
async function counts(database: Database): Promise<number[]> {
  const [{ ready, blocked, claimed }] = await rows(database, "get_queue_stats", { "queue_name": "q" });
  return [ready, blocked, claimed];
}

const workflowStatus = async (database: Database, id: string) =>
  (await value<Row>(database, "get_workflow", { "workflow_id": id })).status;

Deno.test("the children of a task that has very many are freed some at a time, by each who claims or completes", async () => {
  await withFan(async (database, { workflow, tasks }) => {
    assert.deepEqual(await counts(database), [0, 7, 0]);
    const [first, ...none] = await claim(database, 1);
    assert.deepEqual([first.id, none, await counts(database)], [tasks.a, [], [1, 5, 1]]);
    await complete(database, first);
    assert.deepEqual(await counts(database), [3, 3, 0]);
    assert.deepEqual((await claim(database, 9)).map(({ id }) => id), [
      tasks.b,
      tasks.c,
      tasks.d,
      tasks.e,
      tasks.f,
    ]);
    assert.deepEqual(await database.query("select * from absurd.freeing"), []);
    assert.equal(await workflowStatus(database, workflow), "running");
  });
});

Deno.test("a workflow with very many steps behind one runs to its end", async () => {
  await withFan(async (database, { workflow }) => {
    assert.deepEqual(await drain(database), ["a", "b", "c", "d", "e", "f", "last"]);
    assert.equal(await workflowStatus(database, workflow), "completed");
    assert.deepEqual(await counts(database), [0, 0, 0]);
  });
});

Deno.test("what nobody claims is freed by recovery", async () => {
  await withFan(async (database) => {
    await rows(database, "recover_claims");
    assert.deepEqual(await counts(database), [6, 1, 0]);
  });
});

Deno.test("a claim of another queue frees some, too, though it finds nothing for itself", async () => {
  await withFan(async (database) => {
    await rows(database, "spawn_task", { "queue_name": "other", "task_name": "work" });
    assert.equal((await claim(database, 9, { queues: ["other"] })).length, 1);
    assert.deepEqual(await counts(database), [2, 5, 0]);
  });
});

Deno.test("steps that are cancelled before they are freed stay so, and retried they are free", async () => {
  await withFan(async (database, { workflow, tasks: { first, last, ...middle } }) => {
    await rows(database, "cancel_tasks", { "task_ids": Object.values(middle) });
    assert.equal(await workflowStatus(database, workflow), "failed");
    await rows(database, "retry_tasks", { "task_ids": [middle.a, middle.f] });
    assert.deepEqual(await states(database, { a: middle.a, b: middle.b, f: middle.f }), {
      a: "ready",
      b: "cancelled",
      f: "ready",
    });
    await rows(database, "recover_claims");
    assert.deepEqual(await states(database, { first, ...middle, last }), {
      first: "completed",
      ...Object.fromEntries(Object.keys(middle).map((name) => [name, "cancelled"])),
      a: "ready",
      f: "ready",
      last: "cancelled",
    });
    assert.deepEqual(await database.query("select * from absurd.freeing"), []);
  });
});

Deno.test("a step that is opened again before it is freed has lost one edge, not two", async () => {
  await withDatabase(async (database) => {
    const other = await spawn(database, {}, { queue: "other" });
    const { tasks: { a } } = await spawnFan(database, [other]);
    await rows(database, "cancel_tasks", { "task_ids": [a] });
    await rows(database, "retry_tasks", { "task_ids": [a] });
    await rows(database, "recover_claims");
    assert.equal((await task(database, a)).state, "blocked");
    await complete(database, await claimOne(database, { queues: ["other"] }));
    assert.equal((await task(database, a)).state, "ready");
  });
});

Deno.test("a claim waits for nobody who holds a child, and frees it when it is let go", async () => {
  await withFan(async (database, { tasks }) => {
    await database.session(async (other) => {
      await other.script("begin");
      await other.query("select from absurd.tasks where task_id = $1 for no key update", [tasks.b]);
      assert.deepEqual(await claim(database, 1), []);
      await other.script("rollback");
    });
    assert.equal((await claimOne(database)).id, tasks.a);
  });
});

Deno.test("explain_task() tells that a task is about to be freed", async () => {
  await withFan(async (database, { tasks }) => {
    await claim(database, 1);
    const explained = async (id: string) =>
      (await value<Row>(database, "explain_task", { "task_id": id })).reasons.filter(({ kind }: Row) =>
        kind !== "not_offered"
      );
    assert.deepEqual(await explained(tasks.f), [{
      kind: "freeing",
      "task_id": tasks.first,
      "task_name": "first",
      "ends_by_itself": true,
      "freed_by": [],
    }]);
    assert.deepEqual((await explained(tasks.b)).map(({ kind }: Row) => kind), []);
  });
});
