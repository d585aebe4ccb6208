import assert from "node:assert/strict";
import { advanceClock, setClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import {
  claim,
  claimOne,
  complete,
  fail,
  failForGood,
  refused,
  type Row,
  rows,
  type Session,
  spawn,
  value,
} from "./queue.ts";
import { completeReserved, reserve } from "./reservations.ts";

async function stats(session: Session, queue?: string): Promise<Row[]> {
  return await rows(session, "get_queue_stats", { "queue_name": queue });
}

Deno.test("get_queue_stats() counts each status, and the pending ones by what holds them", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    for (let count = 0; count < 6; count++) await spawn(database);
    await spawn(database, { "delay_sec": 600 });
    const [done, bad, cancelled, running] = await claim(database, 4);
    await spawn(database, { "depends_on": [running.id] });
    await complete(database, done);
    await failForGood(database, bad);
    await value(database, "cancel_task", { "task_id": cancelled.id });
    await advanceClock(database, 5);
    await spawn(database);
    const expected = {
      "queue_name": "q",
      pending: 5,
      claimed: 1,
      completed: 1,
      failed: 1,
      cancelled: 1,
      ready: 3,
      scheduled: 1,
      blocked: 1,
      held: 0,
      paused: false,
      "oldest_ready_at": new Date("2026-03-01T12:00:00Z"),
      "dead_letters": 1,
    };
    assert.deepEqual(await stats(database, "q"), [expected]);
    await rows(database, "pause_queue", { "queue_name": "q" });
    assert.deepEqual(await stats(database), [{ ...expected, ready: 0, held: 3, paused: true }]);
  });
});

Deno.test("get_queue_stats() gives zeros for a queue that was never used, and nothing when there is none", async () => {
  await withDatabase(async (database) => {
    assert.deepEqual(await stats(database), []);
    const [row] = await stats(database, "dsa110-pipeline");
    assert.deepEqual([row.queue_name, row.pending, row.completed, row.paused, row.oldest_ready_at], [
      "dsa110-pipeline",
      0,
      0,
      false,
      null,
    ]);
  });
});

Deno.test("get_queue_stats() lists a queue without tasks while something is set up for it", async () => {
  await withDatabase(async (database) => {
    const names = async () => (await stats(database)).map((row) => row.queue_name);
    const queue = { "queue_name": "typo" };
    const schedule = {
      ...queue,
      name: "nightly",
      "task_name": "work",
      "cron_expression": "0 4 * * *",
      timezone: "UTC",
    };
    const worker = { "worker_id": "w1", info: { "queue_names": ["typo"] } };
    const settings: [name: string, on: Row, off: Row, undo?: string][] = [
      ["pause_queue", queue, queue, "resume_queue"],
      ["set_queue_events", { ...queue, keep: false }, { ...queue, keep: true }],
      ["set_limit", { ...queue, "max_claims": 2 }, { ...queue, "max_claims": null }],
      [
        "save_schedule",
        { schedule, "next_due_at": "2126-03-01T04:00:00Z" },
        { name: "nightly" },
        "remove_schedule",
      ],
      ["register_worker", worker, { "worker_id": "w1" }, "deregister_worker"],
    ];
    for (const [name, on, off, undo = name] of settings) {
      await rows(database, name, on);
      assert.deepEqual(await names(), ["typo"], name);
      await rows(database, undo, off);
      assert.deepEqual(await names(), [], undo);
    }
    const id = await spawn(database, {}, { queue: "typo" });
    await value(database, "cancel_task", { "task_id": id });
    assert.deepEqual(await names(), ["typo"]);
    await rows(database, "prune", { "older_than_sec": 0 });
    assert.deepEqual(await names(), []);
  });
});

Deno.test("resume_queue() refuses an unknown queue, pause_queue() a bad name", async () => {
  await withDatabase(async (database) => {
    await refused(rows(database, "resume_queue", { "queue_name": "nobody" }), "TQ008", /nobody/);
    await refused(rows(database, "pause_queue", { "queue_name": "" }), "22023", /queue_name/);
    await rows(database, "pause_queue", { "queue_name": "later" });
    await rows(database, "pause_queue", { "queue_name": "later" });
    await rows(database, "resume_queue", { "queue_name": "later" });
  });
});

Deno.test("list_tasks() filters, newest first, a page at a time", async () => {
  await withDatabase(async (database) => {
    const ids: string[] = [];
    for (const name of ["a", "b", "a", "b"]) {
      ids.push(await spawn(database, { key: `k${ids.length}` }, { name }));
    }
    const list = async (filter: Row, limit?: number) =>
      (await rows(database, "list_tasks", { filter, limit })).map((row) =>
        ids.indexOf(row.list_tasks.task_id)
      );
    await claim(database, 1, { worker: "w7" });
    assert.deepEqual(await list({}), [3, 2, 1, 0]);
    assert.deepEqual(await list({}, 2), [3, 2]);
    assert.deepEqual(await list({ before: ids[2] }), [1, 0]);
    assert.deepEqual(await list({ "task_name": "b", status: null }), [3, 1]);
    assert.deepEqual(await list({ status: "claimed" }), [0]);
    assert.deepEqual(await list({ "worker_id": "w7" }), [0]);
    assert.deepEqual(await list({ state: "ready" }), [3, 2, 1]);
    assert.deepEqual(await list({ key: "k1" }), [1]);
    assert.deepEqual(await list({ "queue_name": "other" }), []);
    assert.deepEqual(await list({ "task_ids": [ids[0], ids[3]] }), [3, 0]);
    await rows(database, "pause_queue", { "queue_name": "q" });
    assert.deepEqual(await list({ state: "held" }), [3, 2, 1]);
    await refused(list({ name: "a" }), "22023", /unknown key: name/);
  });
});

Deno.test("list_tasks() filters by several states, by a text in the error, and by the time of the last change", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const ids: string[] = [];
    for (const name of ["a", "b", "c"]) ids.push(await spawn(database, {}, { name }));
    const list = async (filter: Row) =>
      (await rows(database, "list_tasks", { filter })).map((row) => ids.indexOf(row.list_tasks.task_id));
    await setClock(database, "2026-03-01T13:00:00Z");
    await fail(database, await claimOne(database, { names: ["a"] }), {
      permanent: true,
      message: "Disk FULL",
    });
    await rows(database, "set_limit", { "max_claims": 0, "task_name": "c" });
    assert.deepEqual(await list({ state: ["failed", "held"] }), [2, 0]);
    assert.deepEqual(await list({ state: ["ready", "held"] }), [2, 1]);
    assert.deepEqual(await list({ status: ["pending", "completed"] }), [2, 1]);
    assert.deepEqual(await list({ error: "disk full" }), [0]);
    assert.deepEqual(await list({ error: "quota" }), []);
    assert.deepEqual(await list({ since: "2026-03-01T12:30:00Z" }), [0]);
    assert.deepEqual(await list({ until: "2026-03-01T12:30:00Z" }), [2, 1]);
  });
});

Deno.test("get_task() tells settings and children", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, { "backoff_base_sec": 7, "dlq_enabled": false });
    const child = await spawn(database, { "depends_on": [id], "on_parent_failure": "wait" }, {
      name: "next",
    });
    const task = await value<Row>(database, "get_task", { "task_id": id });
    assert.deepEqual([task.backoff_base_sec, task.dlq_enabled], [7, false]);
    assert.deepEqual(task.children, [{
      "task_id": child,
      "task_name": "next",
      "step_name": null,
      status: "pending",
      state: "blocked",
      "on_parent_failure": "wait",
    }]);
  });
});

Deno.test("get_status() tells rates, last errors and who is there, of one queue or all", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    for (let count = 0; count < 4; count++) await spawn(database);
    await spawn(database, {}, { queue: "other" });
    await complete(database, await claimOne(database));
    await advanceClock(database, 1800);
    await complete(database, await claimOne(database));
    await fail(database, await claimOne(database), { permanent: true, message: "broken" });
    await advanceClock(database, 30);
    const status = await value<Row>(database, "get_status");
    assert.equal(status.at, "2026-03-01T12:30:30+00:00");
    const [other, queue] = status.queues;
    assert.equal(other.completed_last_hour, 0);
    const { completed_last_minute, completed_last_hour, failed_last_hour, last_completed_at, ready } = queue;
    assert.deepEqual(
      { completed_last_minute, completed_last_hour, failed_last_hour, last_completed_at, ready },
      {
        completed_last_minute: 1,
        completed_last_hour: 2,
        failed_last_hour: 1,
        last_completed_at: "2026-03-01T12:30:00+00:00",
        ready: 1,
      },
    );
    assert.deepEqual(status.errors.map(({ error, state }: Row) => [error, state]), [["broken", "failed"]]);
    const one = await value<Row>(database, "get_status", { "queue_name": "other" });
    assert.deepEqual([one.queues.length, one.errors], [1, []]);
  });
});

Deno.test("find_tasks() finds a task by the beginning of its id, and at most two", async () => {
  await withDatabase(async (database) => {
    const [first, second] = [await spawn(database), await spawn(database)];
    await spawn(database);
    const find = async (prefix: string) =>
      (await rows(database, "find_tasks", { prefix })).map((row) => row.find_tasks);
    assert.deepEqual(await find(first), [first]);
    assert.deepEqual(await find(first.replaceAll("-", "").toUpperCase()), [first]);
    assert.deepEqual(await find(first.slice(0, 6)), [first, second]);
    assert.deepEqual(await find("ffff"), []);
    await refused(find("xyz"), "22023", /xyz/);
    await refused(find(""), "22023");
  });
});

Deno.test("get_task() and get_workflow() know nothing of unknown ids", async () => {
  await withDatabase(async (database) => {
    const id = "018f4e5a-0000-7000-8000-000000000000";
    assert.equal(await value(database, "get_task", { "task_id": id }), null);
    assert.equal(await value(database, "get_workflow", { "workflow_id": id }), null);
  });
});

Deno.test("list_workers() shows who is there, with what they hold, and who has gone silent", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const info = {
      hostname: "node1",
      pid: 7,
      version: "0.1.0",
      "queue_names": ["q"],
      "task_names": ["image", "extract"],
      concurrency: 4,
    };
    await rows(database, "register_worker", { "worker_id": "w1", info });
    const id = await spawn(database, {}, { name: "image" });
    await claim(database, 1);
    const workers = async () => (await rows(database, "list_workers")).map((row) => row.list_workers);
    assert.deepEqual(await workers(), [{
      "worker_id": "w1",
      ...info,
      "task_names": ["extract", "image"],
      "started_at": "2026-03-01T12:00:00+00:00",
      "heartbeat_at": "2026-03-01T12:00:00+00:00",
      live: true,
      tasks: [{ "task_id": id, "task_name": "image", attempt: 1 }],
      reserved: 0,
    }]);
    const others = [await spawn(database), await spawn(database), await spawn(database)];
    const reservation = await reserve(database, 2);
    await reserve(database, 2);
    assert.equal((await workers())[0].reserved, 3);
    await completeReserved(database, reservation.id, [[others[0], null]]);
    assert.equal((await workers())[0].reserved, 2);
    await advanceClock(database, 121);
    assert.equal((await workers())[0].live, false);
    await refused(
      rows(database, "register_worker", { "worker_id": "w2", info: { "queue_names": ["q"], colour: 1 } }),
      "22023",
      /colour/,
    );
    await advanceClock(database, 2 * 86400);
    await rows(database, "register_worker", {
      "worker_id": "w3",
      info: { "queue_names": ["q"], "task_names": null },
    });
    assert.deepEqual((await workers()).map((worker) => [worker.worker_id, worker.task_names]), [[
      "w3",
      null,
    ]]);
    await rows(database, "deregister_worker", { "worker_id": "w3" });
    assert.deepEqual(await workers(), []);
  });
});

Deno.test("counts are summed up also where every worker ends before it recovers claims for the first time", async () => {
  await withDatabase(async (database) => {
    for (let spawned = 0; spawned < 201; spawned++) await spawn(database);
    await rows(database, "deregister_worker", { "worker_id": "w1" });
    const [{ count }] = await database.query("select count(*)::int as count from absurd.task_counts");
    assert.equal(count, 1);
    assert.equal((await stats(database, "q"))[0].ready, 201);
  });
});
