import assert from "node:assert/strict";
import type { Database } from "../../lib/database.ts";
import { advanceClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import { claim, claimOne, complete, drain, fail, rows, spawn, spawnGraph, value } from "./queue.ts";

async function events(database: Database): Promise<string[]> {
  const found = await database.query<{ kind: string; status: string; name: string | null }>(
    "select kind, status, task_name as name from absurd.event_batches, generate_series(1, size) order by event_id",
  );
  return found.map(({ kind, status, name }) => `${kind} ${name ?? ""} ${status}`.replace("  ", " "));
}

/** What is notified while `work` runs. */
async function notified(
  database: Database,
  work: () => Promise<unknown>,
  { followed = true } = {},
): Promise<string[]> {
  const heard: string[] = [];
  const channels = ["absurd_tasks", "absurd_backlogs", "absurd_claims", "absurd_events", "the_end"];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  await using _listener = await database.listen(channels, {
    notify: (channel, payload) => channel === "the_end" ? end() : heard.push(`${channel} ${payload}`),
  });
  if (followed) await rows(database, "follow_events");
  await work();
  await database.query("select pg_notify('the_end', '')");
  await ended;
  return heard.toSorted();
}

Deno.test("each change of status appends one event", async () => {
  await withDatabase(async (database) => {
    await spawn(database, {}, { name: "t" });
    await fail(database, await claimOne(database));
    await advanceClock(database, 3600);
    const held = await claimOne(database);
    await rows(database, "release_tasks", { outcomes: [{ "task_id": held.id, attempt: held.attempt }] });
    await complete(database, await claimOne(database));
    assert.deepEqual(await events(database), [
      "task t pending",
      "task t claimed",
      "task t pending",
      "task t claimed",
      "task t pending",
      "task t claimed",
      "task t completed",
    ]);
  });
});

Deno.test("a bad end tells of the task, of what it cancelled, and of the workflow", async () => {
  await withDatabase(async (database) => {
    const { tasks } = await spawnGraph(database, { a: [], b: ["a"] });
    await database.query("delete from absurd.event_batches");
    await fail(database, await claimOne(database), { permanent: true, message: "boom", reason: "exit" });
    assert.deepEqual(await events(database), [
      "task a claimed",
      "task a failed",
      "task b cancelled",
      "workflow failed",
    ]);
    const details = await database.query(
      "select detail from absurd.event_batches where status in ('failed', 'cancelled')",
    );
    assert.deepEqual(details.map((row) => row.detail), [
      { error: "boom", "error_reason": "exit" },
      { reason: "Parent a failed", "cause_task_id": tasks.a },
      { name: "graph" },
    ]);
  });
});

Deno.test("an outcome that changes nothing appends no event", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    const held = await claimOne(database);
    const before = await events(database);
    await complete(database, { ...held, attempt: 9 });
    await claim(database);
    await rows(database, "recover_claims");
    assert.deepEqual(await events(database), before);
  });
});

Deno.test("report_progress() appends at most one event a second and task", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    const { id, attempt } = await claimOne(database);
    await database.query("update absurd_test.clock set frozen_at = '2026-03-01T12:00:00Z'");
    for (let step = 1; step <= 8; step++) {
      await rows(database, "report_progress", { items: [{ "task_id": id, attempt, fraction: step / 8 }] });
      await advanceClock(database, 0.25);
    }
    const told = await database.query(
      "select detail from absurd.event_batches where kind = 'progress' order by event_id",
    );
    assert.deepEqual(told.map((row) => row.detail), [{ fraction: 0.125 }, { fraction: 0.625 }]);
  });
});

Deno.test("workers are woken once per call and queue, and only for tasks that are ready", async () => {
  await withDatabase(async (database) => {
    const item = (queue: string) => ({ "queue_name": queue, "task_name": "t" });
    const batch = [item("a"), item("a"), item("b"), { ...item("c"), "delay_sec": 60 }];
    assert.deepEqual(await notified(database, () => rows(database, "spawn_tasks", { tasks: batch })), [
      "absurd_events a",
      "absurd_events b",
      "absurd_events c",
      "absurd_tasks a",
      "absurd_tasks b",
    ]);
  });
});

Deno.test("workers are told of a backlog when 10,000 tasks or more are ready at once", async () => {
  await withDatabase(async (database) => {
    const spawning = (...sizes: [string, number][]) =>
      rows(database, "spawn_tasks", {
        tasks: sizes.flatMap(([queue, size]) =>
          Array.from({ length: size }, () => ({ "queue_name": queue, "task_name": "t" }))
        ),
      });
    const resuming = () => value(database, "resume_queue", { "queue_name": "a" });
    const options = { followed: false };
    assert.deepEqual(await notified(database, () => spawning(["a", 9_999], ["b", 10_000]), options), [
      "absurd_backlogs b",
      "absurd_tasks a",
      "absurd_tasks b",
    ]);
    assert.deepEqual(await notified(database, resuming, options), ["absurd_tasks a"]);
    await spawning(["a", 1]);
    assert.deepEqual(await notified(database, resuming, options), ["absurd_backlogs a", "absurd_tasks a"]);
  });
});

Deno.test("workers are woken while one of them may be asleep", async () => {
  await withDatabase(async (database) => {
    const woken = async () =>
      (await notified(database, () => spawn(database), { followed: false })).includes("absurd_tasks q");
    assert.ok(await woken(), "while nobody has told");
    assert.equal((await claim(database, 2)).length, 1); // too little: it goes to sleep, for a minute at most
    await advanceClock(database, 60);
    assert.ok(await woken());
    await advanceClock(database, 61);
    assert.ok(!await woken());
    assert.equal((await claim(database, 2)).length, 2); // all that it asked for
    assert.ok(!await woken());
    assert.equal((await claim(database, 2, { settings: { "wait_sec": 10 } })).length, 1);
    await advanceClock(database, 10);
    assert.ok(await woken());
    await advanceClock(database, 11);
    assert.ok(!await woken());
    const batch = [{ "queue_name": "q", "task_name": "t" }, { "queue_name": "q", "task_name": "u" }];
    const spawning = () => rows(database, "spawn_tasks", { tasks: batch });
    assert.deepEqual(await notified(database, spawning, { followed: false }), []);
  });
});

Deno.test("who says for how long he sleeps does not shorten what another has said", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    await claim(database, 2, { settings: { "wait_sec": 100 } });
    await advanceClock(database, 95);
    await claim(database, 2, { settings: { "wait_sec": 10 } });
    await advanceClock(database, 100);
    assert.deepEqual(await notified(database, () => spawn(database), { followed: false }), [
      "absurd_tasks q",
    ]);
  });
});

Deno.test("events are told only while somebody says that he follows them", async () => {
  await withDatabase(async (database) => {
    const spawning = () => spawn(database);
    assert.deepEqual(await notified(database, spawning, { followed: false }), ["absurd_tasks q"]);
    assert.deepEqual(await notified(database, spawning), ["absurd_events q", "absurd_tasks q"]);
    await advanceClock(database, 4);
    assert.deepEqual(await notified(database, spawning, { followed: false }), [
      "absurd_events q",
      "absurd_tasks q",
    ]);
    await advanceClock(database, 1);
    assert.deepEqual(await notified(database, spawning, { followed: false }), ["absurd_tasks q"]);
    await rows(database, "stamp_events"); // whoever reads follows
    assert.deepEqual(await notified(database, spawning, { followed: false }), [
      "absurd_events q",
      "absurd_tasks q",
    ]);
  });
});

Deno.test("completing a parent wakes workers for its children", async () => {
  await withDatabase(async (database) => {
    await spawnGraph(database, { a: [], b: ["a"] });
    const held = await claimOne(database);
    assert.deepEqual(await notified(database, () => complete(database, held)), [
      "absurd_events q",
      "absurd_tasks q",
    ]);
    assert.deepEqual(await notified(database, () => drain(database)), ["absurd_events q", "absurd_events q"]);
  });
});

Deno.test("a worker is told that a claim of it was cancelled or lost", async () => {
  await withDatabase(async (database) => {
    await spawn(database, { "backoff_base_sec": 100 });
    await spawn(database, { "backoff_base_sec": 100 });
    const [first] = await claim(database, 1, { worker: "w1" });
    await claim(database, 1, { worker: "w2" });
    const cancelling = () => value(database, "cancel_task", { "task_id": first.id });
    assert.deepEqual(await notified(database, cancelling), ["absurd_claims w1", "absurd_events q"]);
    await advanceClock(database, 121);
    await rows(database, "recover_claims");
    await advanceClock(database, 31);
    assert.deepEqual(await notified(database, () => rows(database, "recover_claims")), [
      "absurd_claims w2",
      "absurd_events q",
    ]);
  });
});
