import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import {
  claim,
  claimOne,
  complete,
  drain,
  fail,
  failForGood,
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

async function letters(session: Session, filter: Row = {}): Promise<Row[]> {
  return (await rows(session, "list_dead_letters", { filter })).map((row) => row.list_dead_letters);
}

async function replay(session: Session, filter: Row): Promise<string[]> {
  return (await rows(session, "replay_dead_letters", { filter })).map((row) => row.replay_dead_letters);
}

Deno.test("a dead letter tells what failed, why, and after which attempts", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, { "max_retries": 1, "backoff_base_sec": 0 }, {
      name: "image",
      params: { a: 1 },
    });
    await fail(database, await claimOne(database), { reason: "exit", message: "first" });
    await fail(database, await claimOne(database), { reason: "timeout", message: "second" });
    const [letter] = await letters(database);
    assert.deepEqual(
      [
        letter.task_id,
        letter.task_name,
        letter.error,
        letter.error_reason,
        letter.failures,
        letter.attempt,
        letter.params,
      ],
      [id, "image", "second", "timeout", 2, 2, { a: 1 }],
    );
    const whole = await value<Row>(database, "get_dead_letter", { "task_id": id });
    assert.deepEqual(whole.attempts.map((attempt: Row) => attempt.message), ["first", "second"]);
    assert.equal(
      await value(database, "get_dead_letter", { "task_id": letter.workflow_id ?? crypto.randomUUID() }),
      null,
    );
  });
});

Deno.test("replaying a dead letter resumes the whole chain and keeps the letter, marked", async () => {
  await withDatabase(async (database) => {
    const { workflow, tasks } = await spawnGraph(database, { a: [], b: ["a"], c: ["b"] });
    await failForGood(database, await claimOne(database));
    assert.deepEqual(await replay(database, { "task_ids": [tasks.a] }), [tasks.a]);
    assert.deepEqual(await states(database, tasks), { a: "ready", b: "blocked", c: "blocked" });
    const found = await task(database, tasks.a);
    assert.deepEqual([found.failures, found.attempt, found.error, found.attempts.length], [0, 1, null, 1]);
    assert.deepEqual(await letters(database), []);
    assert.ok((await letters(database, { "include_replayed": true }))[0].replayed_at);
    assert.deepEqual(await drain(database), ["a", "b", "c"]);
    assert.equal(
      (await value<Row>(database, "get_workflow", { "workflow_id": workflow })).status,
      "completed",
    );
    assert.equal((await task(database, tasks.a)).attempt, 2, "the attempt is never reset");
  });
});

Deno.test("a replayed task has all its retries again, and may die again", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, { "max_retries": 1, "backoff_base_sec": 0 });
    for (let life = 1; life <= 2; life++) {
      await fail(database, await claimOne(database));
      assert.equal((await fail(database, await claimOne(database))).status, "failed");
      assert.equal((await letters(database))[0].attempt, life * 2);
      await replay(database, { all: true });
    }
    assert.equal((await letters(database, { "include_replayed": true })).length, 2);
    assert.equal((await value<Row>(database, "get_dead_letter", { "task_id": id })).attempt, 4);
  });
});

Deno.test("replaying re-opens only what this root cause had cancelled", async () => {
  await withDatabase(async (database) => {
    const { tasks } = await spawnGraph(database, {
      a: [],
      b: [],
      both: ["a", "b"],
      end: ["both"],
      user: ["a"],
    });
    await value(database, "cancel_task", { "task_id": tasks.user });
    const [a, b] = await claim(database, 2);
    await failForGood(database, a);
    await failForGood(database, b);
    assert.equal((await task(database, tasks.end)).cause_task_id, tasks.a);

    await replay(database, { "task_ids": [tasks.a] });
    assert.deepEqual(await states(database, tasks), {
      a: "ready",
      b: "failed",
      both: "cancelled",
      end: "cancelled",
      user: "cancelled",
    });
    assert.equal(
      (await task(database, tasks.both)).cause_task_id,
      tasks.b,
      "now because of the other parent",
    );
    assert.equal((await task(database, tasks.end)).cause_task_id, tasks.b);
    assert.equal((await task(database, tasks.user)).cause_task_id, null);

    await complete(database, await claimOne(database));
    await replay(database, { "task_ids": [tasks.b] });
    assert.deepEqual(await states(database, tasks), {
      a: "completed",
      b: "ready",
      both: "blocked",
      end: "blocked",
      user: "cancelled",
    });
    assert.deepEqual(await drain(database), ["b", "both", "end"]);
  });
});

Deno.test("replaying two causes at once re-opens what both had stopped", async () => {
  await withDatabase(async (database) => {
    const { tasks } = await spawnGraph(database, { a: [], b: [], both: ["a", "b"] });
    for (const held of await claim(database, 2)) await failForGood(database, held);
    assert.deepEqual((await replay(database, { all: true })).toSorted(), [tasks.a, tasks.b].toSorted());
    assert.deepEqual(await states(database, tasks), { a: "ready", b: "ready", both: "blocked" });
    assert.deepEqual(await drain(database), ["a", "b", "both"]);
  });
});

Deno.test("retry_task() retries a cancelled task with what its cancellation had stopped", async () => {
  await withDatabase(async (database) => {
    const { workflow, tasks } = await spawnGraph(database, { a: [], b: ["a"] });
    await value(database, "cancel_task", { "task_id": tasks.a });
    assert.equal(await value(database, "retry_task", { "task_id": tasks.a }), "ready");
    assert.deepEqual(await states(database, tasks), { a: "ready", b: "blocked" });
    await drain(database);
    assert.equal(
      (await value<Row>(database, "get_workflow", { "workflow_id": workflow })).status,
      "completed",
    );
  });
});

Deno.test("retry_task() refuses what cannot be retried, and says what to do", async () => {
  await withDatabase(async (database) => {
    const { tasks } = await spawnGraph(database, { a: [], b: ["a"], c: ["b"] });
    const retry = (id: string) => value(database, "retry_task", { "task_id": id });
    await refused(retry(tasks.a), "TQ004", /pending/);
    await refused(retry("018f4e5a-0000-7000-8000-000000000000"), "TQ001");
    await failForGood(database, await claimOne(database));
    const error = await refused(retry(tasks.b), "TQ006", /parent/i);
    assert.match(error.hint ?? "", /Retry the parent/);
    assert.deepEqual(await states(database, tasks), { a: "failed", b: "cancelled", c: "cancelled" });
  });
});

Deno.test("bulk operations take filters, and nothing without one", async () => {
  await withDatabase(async (database) => {
    const [one, two] = [
      await spawn(database, {}, { name: "one" }),
      await spawn(database, {}, { name: "two" }),
    ];
    await spawn(database, {}, { queue: "other" });
    for (const held of await claim(database, 3, { queues: ["q", "other"] })) {
      await failForGood(database, held);
    }
    for (const verb of ["replay_dead_letters", "purge_dead_letters"]) {
      await refused(rows(database, verb, { filter: {} }), "22023", /No filter/);
      await refused(rows(database, verb, { filter: { "include_replayed": true } }), "22023", /No filter/);
      await refused(rows(database, verb, { filter: { name: "one" } }), "22023", /unknown key: name/);
    }
    assert.equal((await letters(database, { "queue_name": "q" })).length, 2);
    assert.deepEqual(await replay(database, { "task_name": "one" }), [one]);
    const purged = await rows(database, "purge_dead_letters", { filter: { "queue_name": "q" } });
    assert.deepEqual(purged.map((row) => row.purge_dead_letters), [two]);
    assert.equal((await task(database, two)).status, "failed");
    assert.equal((await letters(database)).length, 1);
  });
});
