import assert from "node:assert/strict";
import { advanceClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import {
  type Claim,
  claim,
  claimOne,
  complete,
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

function cancel(session: Session, id: string, reason?: string): Promise<string> {
  return value(session, "cancel_task", { "task_id": id, reason });
}

async function acknowledge(session: Session, { id, attempt }: Claim, report: Row = {}): Promise<string> {
  const [row] = await rows(session, "acknowledge_tasks", { outcomes: [{ "task_id": id, attempt, report }] });
  return row.outcome;
}

Deno.test("cancel_task() cancels a pending task, once", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    assert.equal(await cancel(database, id, "not needed"), "pending");
    assert.deepEqual(await claim(database), []);
    const found = await task(database, id);
    assert.deepEqual([found.status, found.cancel_reason, found.cause_task_id, found.attempts], [
      "cancelled",
      "not needed",
      null,
      [],
    ]);
    assert.equal(await cancel(database, id, "again"), "cancelled");
    assert.equal((await task(database, id)).cancel_reason, "not needed");
  });
});

Deno.test("cancel_task() refuses a task that has ended, and an unknown one", async () => {
  await withDatabase(async (database) => {
    const [done, bad] = [await spawn(database), await spawn(database)];
    await complete(database, await claimOne(database));
    await failForGood(database, await claimOne(database));
    await refused(cancel(database, done), "TQ004", /completed/);
    await refused(cancel(database, bad), "TQ004", /failed/);
    await refused(cancel(database, "018f4e5a-0000-7000-8000-000000000000"), "TQ001");
  });
});

Deno.test("cancel_task() ends the claim of a running task, so that nothing it made is taken", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    const held = await claimOne(database);
    assert.equal(await cancel(database, id, "bad night"), "claimed");
    assert.equal(await complete(database, held, { n: 1 }), "cancelled");
    const found = await task(database, id);
    assert.deepEqual([found.status, found.result], ["cancelled", null]);
    assert.deepEqual([found.attempts[0].outcome, found.attempts[0].message], ["cancelled", "bad night"]);
  });
});

Deno.test("cancel_task() cancels what depends on the task, and says because of which", async () => {
  await withDatabase(async (database) => {
    const { tasks } = await spawnGraph(database, {
      a: [],
      b: ["a"],
      c: ["b"],
      ignoring: [{ step: "a", "on_parent_failure": "ignore" }],
      waiting: [{ step: "a", "on_parent_failure": "wait" }],
    });
    await cancel(database, tasks.a);
    assert.deepEqual(await states(database, tasks), {
      a: "cancelled",
      b: "cancelled",
      c: "cancelled",
      ignoring: "ready",
      waiting: "blocked",
    });
    assert.equal((await task(database, tasks.c)).cause_task_id, tasks.a);
  });
});

Deno.test("a cancelled claim keeps its task out of reach until its worker acknowledges", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    const held = await claimOne(database);
    await cancel(database, id);
    assert.equal(await value(database, "retry_task", { "task_id": id }), "scheduled");
    await advanceClock(database, 60);
    assert.deepEqual(await claim(database), []);
    assert.equal(await acknowledge(database, held, { signal: "SIGKILL", "log_tail": "bye" }), "ok");
    assert.equal((await claimOne(database)).attempt, 2);
    const [first] = (await task(database, id)).attempts;
    assert.deepEqual([first.outcome, first.signal, first.log_tail], ["cancelled", "SIGKILL", "bye"]);
  });
});

Deno.test("a cancelled claim keeps its task out of reach no longer than its lease, which beats extend", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    const held = await claimOne(database);
    await cancel(database, id);
    await value(database, "retry_task", { "task_id": id });
    await advanceClock(database, 100);
    const claims = [{ "task_id": id, attempt: held.attempt }];
    await rows(database, "heartbeat_worker", { "worker_id": "w1", claims });
    await advanceClock(database, 100);
    assert.deepEqual(await claim(database), [], "its processes were alive 100 s ago");
    await advanceClock(database, 21);
    assert.equal((await claimOne(database)).attempt, 2);
    assert.equal(await acknowledge(database, held), "ok", "late, but still told");
    assert.equal((await task(database, id)).status, "claimed");
  });
});

Deno.test("acknowledge_tasks() does not cut short what a claim that had failed has to wait", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    const failed = await claimOne(database);
    await rows(database, "fail_tasks", {
      outcomes: [{ "task_id": id, attempt: failed.attempt, reason: "not_now", "not_now": true, report: {} }],
    });
    await cancel(database, id);
    assert.equal(await value(database, "retry_task", { "task_id": id }), "scheduled");
    assert.equal(await acknowledge(database, failed), "stale");
    assert.equal((await task(database, id)).state, "scheduled");
  });
});

Deno.test("acknowledge_tasks() does nothing for other claims", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    const held = await claimOne(database);
    assert.equal(await acknowledge(database, held), "stale");
    assert.equal((await task(database, held.id)).status, "claimed");
    assert.equal(
      await acknowledge(database, { ...held, id: "018f4e5a-0000-7000-8000-000000000000" }),
      "stale",
    );
  });
});

Deno.test("release_tasks() makes a task ready at once and counts no failure", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, { "max_retries": 0 });
    const held = await claimOne(database);
    const outcome = { "task_id": id, attempt: held.attempt, report: { signal: "SIGTERM" } };
    assert.equal((await rows(database, "release_tasks", { outcomes: [outcome] }))[0].outcome, "ok");
    assert.equal((await rows(database, "release_tasks", { outcomes: [outcome] }))[0].outcome, "stale");
    const found = await task(database, id);
    assert.deepEqual([found.state, found.failures, found.attempts[0].outcome, found.attempts[0].signal], [
      "ready",
      0,
      "released",
      "SIGTERM",
    ]);
    assert.equal((await claimOne(database)).attempt, 2);
  });
});
