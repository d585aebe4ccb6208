import assert from "node:assert/strict";
import { advanceClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import {
  claimOne,
  complete,
  failForGood,
  pidOf,
  refused,
  type Row,
  rows,
  type Session,
  spawn,
  task,
  untilBlocked,
  value,
} from "./queue.ts";

async function spawnKeyed(session: Session, options: Row = {}, params: Row = { a: 1 }): Promise<Row> {
  const args = { "queue_name": "q", "task_name": "t", params, options: { key: "k", ...options } };
  return (await rows(session, "spawn_task", args))[0];
}

Deno.test("spawn_task() with a key returns the task that holds it, and says when the params differ", async () => {
  await withDatabase(async (database) => {
    const first = await spawnKeyed(database);
    const same = await spawnKeyed(database);
    const other = await spawnKeyed(database, {}, { a: 2 });
    assert.deepEqual([first.created, first.params_differ], [true, false]);
    assert.deepEqual([same.created, same.params_differ, same.task_id], [false, false, first.task_id]);
    assert.deepEqual([other.created, other.params_differ, other.task_id], [false, true, first.task_id]);
    await claimOne(database);
    assert.equal((await spawnKeyed(database)).created, false, "also while claimed");
  });
});

Deno.test("spawn_task() with a key may repeat it in another queue", async () => {
  await withDatabase(async (database) => {
    await spawnKeyed(database);
    const args = { "queue_name": "other", "task_name": "t", options: { key: "k" } };
    assert.equal((await rows(database, "spawn_task", args))[0].created, true);
  });
});

Deno.test("a key blocks for its window after completion, then is free", async () => {
  await withDatabase(async (database) => {
    const { "task_id": first } = await spawnKeyed(database, { "key_window_sec": 60 });
    await complete(database, await claimOne(database));
    await advanceClock(database, 59);
    assert.equal((await spawnKeyed(database)).task_id, first);
    await advanceClock(database, 2);
    assert.equal((await spawnKeyed(database)).created, true);
  });
});

Deno.test("a key is freed by failing for good and by cancelling, not by a failure that is retried", async () => {
  await withDatabase(async (database) => {
    const { "task_id": first } = await spawnKeyed(database, { "max_retries": 1 });
    await rows(database, "fail_tasks", {
      outcomes: [{ "task_id": first, attempt: (await claimOne(database)).attempt, message: "once" }],
    });
    assert.equal((await spawnKeyed(database)).task_id, first);
    await advanceClock(database, 3600);
    await failForGood(database, await claimOne(database));
    const second = await spawnKeyed(database);
    assert.equal(second.created, true);
    await rows(database, "cancel_task", { "task_id": second.task_id });
    assert.equal((await spawnKeyed(database)).created, true);
  });
});

Deno.test("retry_task() takes the key again, and refuses when a newer task holds it", async () => {
  await withDatabase(async (database) => {
    const { "task_id": first } = await spawnKeyed(database, { "key_window_sec": 1 });
    await failForGood(database, await claimOne(database));
    await value(database, "retry_task", { "task_id": first });
    assert.equal((await spawnKeyed(database)).task_id, first, "it holds its key again");
    await failForGood(database, await claimOne(database));
    const { "task_id": second } = await spawnKeyed(database);
    const error = await refused(
      value(database, "retry_task", { "task_id": first }),
      "TQ004",
      /Key k of queue q/,
    );
    assert.match(error.message, new RegExp(second));
    assert.equal((await task(database, first)).status, "failed");
  });
});

Deno.test("spawn_tasks() spawns one task for a key that a batch repeats", async () => {
  await withDatabase(async (database) => {
    const item = { "queue_name": "q", "task_name": "t", key: "k" };
    const [a, b, c] = await rows(database, "spawn_tasks", { tasks: [item, item, { ...item, key: "j" }] });
    assert.deepEqual([a.created, b.created, c.created], [true, false, true]);
    assert.equal(b.task_id, a.task_id);
  });
});

Deno.test("spawn_tasks() keeps no key for an item that is refused", async () => {
  await withDatabase(async (database) => {
    const nobody = "018f4e5a-0000-7000-8000-000000000000";
    const item = { "queue_name": "q", "task_name": "t", key: "k" };
    const [bad] = await rows(database, "spawn_tasks", { tasks: [{ ...item, "depends_on": [nobody] }] });
    assert.equal(bad.outcome, "refused");
    const [good] = await rows(database, "spawn_tasks", { tasks: [item] });
    assert.deepEqual([good.outcome, good.created], ["ok", true]);
    assert.equal((await task(database, good.task_id)).state, "ready");
  });
});

Deno.test("spawn_tasks() refuses an item whose key one of the same call holds that is refused", async () => {
  await withDatabase(async (database) => {
    const nobody = "018f4e5a-0000-7000-8000-000000000000";
    const item = { "queue_name": "q", "task_name": "t", key: "k" };
    const answers = await rows(database, "spawn_tasks", {
      tasks: [{ ...item, "depends_on": [nobody] }, item, { ...item, key: "other" }],
    });
    assert.deepEqual(answers.map(({ outcome, created }) => [outcome, created]), [
      ["refused", false],
      ["refused", false],
      ["ok", true],
    ]);
    assert.match(answers[1].message, /^Item 0 has the same key and is not spawned: .*0000-7000/);
    assert.equal(answers[1].task_id, null);
  });
});

Deno.test("a spawn that waited for a key takes another that was freed meanwhile", async () => {
  await withDatabase(async (database) => {
    const { "task_id": holder } = await spawnKeyed(database, { key: "b" });
    await database.session((first) =>
      database.session(async (second) => {
        await first.script("begin");
        await spawnKeyed(first, { key: "a" });
        const item = { "queue_name": "q", "task_name": "t" };
        const pid = await pidOf(second);
        const spawned = rows(second, "spawn_tasks", {
          tasks: [{ ...item, key: "a" }, { ...item, key: "b" }],
        });
        await untilBlocked(database, pid);
        await rows(database, "cancel_task", { task_id: holder });
        await first.script("rollback");
        assert.deepEqual((await spawned).map(({ created }) => created), [true, true]);
      })
    );
  });
});

Deno.test("spawn_workflow() with a key returns the workflow that holds it", async () => {
  await withDatabase(async (database) => {
    const workflow = { name: "w", "queue_name": "q", key: "k", steps: [{ name: "a", "task_name": "a" }] };
    const [first] = await rows(database, "spawn_workflow", { workflow });
    const [again] = await rows(database, "spawn_workflow", { workflow });
    assert.deepEqual([again.workflow_id, again.task_id, again.created, again.params_differ], [
      first.workflow_id,
      first.task_id,
      false,
      false,
    ]);
    const [other] = await rows(database, "spawn_workflow", { workflow: { ...workflow, params: { a: 1 } } });
    assert.deepEqual([other.workflow_id, other.params_differ], [first.workflow_id, true]);
    const [brief] = await rows(database, "spawn_workflow", {
      workflow: { ...workflow, "key_window_sec": 1 },
    });
    assert.deepEqual([brief.workflow_id, brief.params_differ], [first.workflow_id, false]);
    await failForGood(database, await claimOne(database));
    assert.equal((await rows(database, "spawn_workflow", { workflow }))[0].created, true);
    await spawn(database, { key: "k" }); // a task's key is another kind
  });
});
