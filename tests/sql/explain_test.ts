import assert from "node:assert/strict";
import { advanceClock, setClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import {
  claimOne,
  complete,
  fail,
  failForGood,
  type Row,
  rows,
  type Session,
  spawn,
  spawnGraph,
  value,
} from "./queue.ts";
import { reserve } from "./reservations.ts";

async function reasons(session: Session, id: string): Promise<Row[]> {
  return (await value<Row>(session, "explain_task", { "task_id": id })).reasons;
}

async function kinds(session: Session, id: string): Promise<string[]> {
  return (await reasons(session, id)).map(({ kind }) => kind);
}

async function offer(session: Session, info: Row = {}): Promise<void> {
  await rows(session, "register_worker", { "worker_id": "w1", info: { "queue_names": ["q"], ...info } });
}

Deno.test("explain_task() names the parents, and the ancestor that ended badly", async () => {
  await withDatabase(async (database) => {
    await offer(database);
    const { tasks } = await spawnGraph(database, {
      a: [],
      b: [{ step: "a", "on_parent_failure": "wait" }],
      c: ["b"],
    });
    assert.deepEqual(await kinds(database, tasks.c), ["parent"]);
    await failForGood(database, await claimOne(database));
    const found = await reasons(database, tasks.c);
    assert.deepEqual(found.map(({ kind, task_id }) => [kind, task_id]), [
      ["parent", tasks.b],
      ["ancestor", tasks.a],
    ]);
    assert.deepEqual([found[1].dead_letter, found[1].error], [true, "boom"]);
    assert.deepEqual(await kinds(database, tasks.a), ["failed"]);
  });
});

Deno.test("explain_task() names the newer one that holds the key of a task that ended badly", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const keyed = { key: "k", "key_window_sec": 60 };
    const old = await spawn(database, keyed);
    await failForGood(database, await claimOne(database));
    const [free] = await reasons(database, old);
    assert.deepEqual([free.held_by, free.freed_by], [undefined, ["retry_task"]]);
    const id = await spawn(database, keyed);
    const [held] = await reasons(database, old);
    assert.deepEqual(held.held_by, { kind: "task", id, key: "k", status: "pending" });
    assert.deepEqual(held.freed_by, ["cancel_task"]);
    await complete(database, await claimOne(database));
    const [done] = await reasons(database, old);
    assert.deepEqual(
      [done.held_by.status, done.held_by.free_at, done.freed_by],
      ["completed", "2026-03-01T12:01:00+00:00", []],
    );
    await advanceClock(database, 61);
    assert.deepEqual((await reasons(database, old))[0].freed_by, ["retry_task"]);
  });
});

Deno.test("explain_task() names the newer workflow that holds the key of a failed one", async () => {
  await withDatabase(async (database) => {
    const { tasks } = await spawnGraph(database, { a: [], b: ["a"] }, { key: "k" });
    await failForGood(database, await claimOne(database));
    const { workflow } = await spawnGraph(database, { a: [], b: ["a"] }, { key: "k" });
    for (const id of [tasks.a, tasks.b]) {
      const [reason] = await reasons(database, id);
      assert.deepEqual(reason.held_by, { kind: "workflow", id: workflow, key: "k", status: "running" });
      assert.deepEqual(reason.freed_by, ["cancel_workflow"]);
    }
  });
});

Deno.test("explain_task() tells time, backoff and a claim that is still dying", async () => {
  await withDatabase(async (database) => {
    await offer(database);
    const later = await spawn(database, { "delay_sec": 60 });
    assert.deepEqual(await kinds(database, later), ["time"]);
    const id = await spawn(database, { "backoff_base_sec": 1000, "backoff_cap_sec": 1000 });
    await fail(database, await claimOne(database));
    const [backoff] = await reasons(database, id);
    assert.deepEqual([backoff.kind, backoff.failures, backoff.error], ["backoff", 1, "boom"]);
    const cancelled = await spawn(database);
    await claimOne(database);
    await value(database, "cancel_task", { "task_id": cancelled, reason: "clouds" });
    const [end] = await reasons(database, cancelled);
    assert.deepEqual([end.kind, end.cancel_reason], ["cancelled", "clouds"]);
    await value(database, "retry_task", { "task_id": cancelled });
    assert.ok((await kinds(database, cancelled)).includes("dying"));
  });
});

Deno.test("explain_task() tells pause, limit with its holders, and workers that do not offer the task", async () => {
  await withDatabase(async (database) => {
    const first = await spawn(database);
    const second = await spawn(database);
    assert.deepEqual(await kinds(database, second), ["not_offered"]);
    await offer(database);
    const [turn] = await reasons(database, second);
    assert.deepEqual([turn.kind, turn.before], ["turn", 1]);
    await value(database, "set_limit", { "max_claims": 1, "queue_name": "q" });
    await claimOne(database);
    await value(database, "pause_queue", { "queue_name": "q" });
    const found = await reasons(database, second);
    assert.deepEqual(found.map(({ kind }) => kind), ["paused", "limit"]);
    assert.deepEqual(found[1].held_by, [{ "task_id": first, "worker_id": "w1", dying: false }]);
    await offer(database, { "task_names": ["other"] });
    const [, , alone] = await reasons(database, second);
    assert.deepEqual([alone.kind, alone.workers_of_queue], ["not_offered", 1]);
  });
});

Deno.test("explain_task() tells who runs a task, and when that one is silent", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    await claimOne(database);
    const [running] = await reasons(database, id);
    assert.deepEqual([running.kind, running.worker_id, running.attempt], ["running", "w1", 1]);
    await advanceClock(database, 121);
    assert.deepEqual(await kinds(database, id), ["silent"]);
    assert.equal(await value(database, "explain_task", { "task_id": crypto.randomUUID() }), null);
  });
});

Deno.test("explain_task() tells for each reason whether it passes by itself, and what ends it", async () => {
  await withDatabase(async (database) => {
    const wayOut = async (id: string) =>
      Object.fromEntries(
        (await reasons(database, id)).map((
          reason,
        ) => [reason.kind, [reason.ends_by_itself, reason.freed_by]]),
      );
    const id = await spawn(database);
    await value(database, "pause_queue", { "queue_name": "q" });
    await value(database, "set_limit", { "max_claims": 0, "task_name": "work" });
    assert.deepEqual(await wayOut(id), {
      paused: [false, ["resume_queue"]],
      limit: [false, ["set_limit"]],
      "not_offered": [false, ["register_worker"]],
    });
    await value(database, "resume_queue", { "queue_name": "q" });
    await value(database, "set_limit", { "max_claims": 1, "task_name": "work" });
    await offer(database);
    const held = await claimOne(database);
    const second = await spawn(database);
    assert.deepEqual(await wayOut(held.id), { running: [true, []] });
    assert.deepEqual(await wayOut(second), { limit: [true, ["set_limit"]] });
    const waiting = await spawn(database, { "depends_on": [id], "on_parent_failure": "wait" });
    assert.deepEqual(await wayOut(waiting), { limit: [true, ["set_limit"]], parent: [true, []] });
    await failForGood(database, held);
    assert.deepEqual(await wayOut(waiting), {
      parent: [false, ["retry_task", "unblock_tasks"]],
      ancestor: [false, ["replay_dead_letters"]],
    });
    assert.deepEqual(await wayOut(held.id), { failed: [false, ["retry_task"]] });
    assert.deepEqual(await wayOut(await spawn(database, { "delay_sec": 60 })), { time: [true, []] });
    await advanceClock(database, -1);
    assert.deepEqual(await wayOut(second), { turn: [true, ["set_priority"]] });
  });
});

Deno.test("explain_task() tells that a limit is held by a cancelled claim whose processes are still dying", async () => {
  await withDatabase(async (database) => {
    await offer(database);
    await value(database, "set_limit", { "max_claims": 1, "queue_name": "q" });
    const held = await claimOne(database, await spawn(database).then(() => ({})));
    const second = await spawn(database);
    await value(database, "cancel_task", { "task_id": held.id });
    const [limit] = await reasons(database, second);
    assert.deepEqual(limit.held_by, [{ "task_id": held.id, "worker_id": "w1", dying: true }]);
  });
});

Deno.test("explain_task() tells who has reserved a task, which then neither a pause nor a limit holds back", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    await offer(database);
    const [first, second] = [await spawn(database), await spawn(database)];
    const { id } = await reserve(database, 1, { settings: { "lease_sec": 60 } });
    assert.deepEqual(await kinds(database, second), ["turn"]);
    await value(database, "pause_queue", { "queue_name": "q" });
    await value(database, "set_limit", { "max_claims": 0, "queue_name": "q" });
    assert.deepEqual(await reasons(database, first), [{
      kind: "reserved",
      "worker_id": "w1",
      "reserved_at": "2026-03-01T12:00:00+00:00",
      "lease_ends_at": "2026-03-01T12:01:00+00:00",
      "ends_by_itself": true,
      "freed_by": [],
    }]);
    await rows(database, "release_reserved", { "reservation_id": id, "task_ids": [first] });
    assert.deepEqual(await kinds(database, first), ["paused", "limit"]);
  });
});
