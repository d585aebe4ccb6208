import assert from "node:assert/strict";
import { advanceClock, setClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import { claim, claimOne, complete, fail, refused, rows, spawn, spawnGraph, task, value } from "./queue.ts";

Deno.test("complete_tasks() keeps result and history", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const id = await spawn(database);
    const held = await claimOne(database);
    await advanceClock(database, 5);
    const report = {
      "exit_code": 0,
      "duration_ms": 4999.5,
      "cpu_ms": 1234,
      "peak_memory_bytes": 5e9,
      flags: ["--allow-read=/data"],
      "log_tail": "done",
      "work_dir": "/work",
    };
    const answer = await rows(database, "complete_tasks", {
      outcomes: [{ "task_id": id, attempt: held.attempt, result: { n: 1 }, report }],
    });
    assert.deepEqual(answer, [{ "task_id": id, attempt: 1, outcome: "ok", message: null }]);
    const found = await task(database, id);
    assert.deepEqual([found.status, found.result, found.finished_at], [
      "completed",
      { n: 1 },
      "2026-03-01T12:00:05+00:00",
    ]);
    assert.deepEqual(found.attempts, [{
      attempt: 1,
      "worker_id": "w1",
      "claimed_at": "2026-03-01T12:00:00+00:00",
      "finished_at": "2026-03-01T12:00:05+00:00",
      outcome: "completed",
      reason: null,
      message: null,
      signal: null,
      ...report,
    }]);
  });
});

Deno.test("complete_tasks() leaves everything as it is for a stale attempt", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    const first = await claimOne(database);
    await fail(database, first);
    await advanceClock(database, 3600);
    const second = await claimOne(database, { worker: "w2" });
    assert.equal(await complete(database, first, { by: "first" }), "stale");
    const found = await task(database, id);
    assert.deepEqual([found.status, found.attempt, found.worker_id, found.result], [
      "claimed",
      2,
      "w2",
      null,
    ]);
    assert.equal(await complete(database, second, { by: "second" }), "ok");
    assert.equal(await complete(database, second, { by: "second again" }), "stale");
    assert.equal(await complete(database, first, { by: "first again" }), "stale");
    assert.deepEqual((await task(database, id)).result, { by: "second" });
    assert.equal((await task(database, id)).attempts.length, 2);
  });
});

Deno.test("complete_tasks() judges each item of a batch by itself", async () => {
  await withDatabase(async (database) => {
    for (let number = 0; number < 6; number++) await spawn(database, { "max_retries": 0 });
    const [good, stale, large, unstorable, cancelled, twice] = await claim(database, 6);
    await value(database, "cancel_task", { "task_id": cancelled.id });
    const item = ({ id, attempt }: typeof good, result: unknown) => ({ "task_id": id, attempt, result });
    const answers = await rows(database, "complete_tasks", {
      outcomes: [
        item(good, { n: 1 }),
        item({ ...stale, attempt: 7 }, {}),
        item(large, { text: "x".repeat(1_100_000) }),
        item(unstorable, { list: ["ok", "a\u0000"] }),
        item(cancelled, {}),
        item(twice, { first: true }),
        item(twice, { first: false }),
        { "task_id": "nonsense", attempt: 1 },
        { "task_id": "018f4e5a-0000-7000-8000-000000000000", attempt: 1 },
        "nonsense",
      ],
    });
    assert.deepEqual(answers.map(({ outcome }) => outcome), [
      "ok",
      "stale",
      "too_large",
      "invalid",
      "cancelled",
      "ok",
      "stale",
      "stale",
      "stale",
      "stale",
    ]);
    assert.deepEqual((await task(database, twice.id)).result, { first: true });
    assert.equal((await task(database, stale.id)).status, "claimed");
    for (const { id } of [large, unstorable]) {
      const found = await task(database, id);
      assert.deepEqual([found.status, found.error_reason], ["failed", "result"]);
    }
    assert.match((await task(database, unstorable.id)).error, /\$\.list\[1\] holds a NUL character/);
    assert.match((await task(database, large.id)).error, /result has \d+ bytes/);
  });
});

Deno.test("complete_tasks() takes both attempts of a task in one batch for what they are", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    await fail(database, await claimOne(database));
    await advanceClock(database, 3600);
    await claimOne(database);
    const answers = await rows(database, "complete_tasks", {
      outcomes: [1, 2].map((attempt) => ({ "task_id": id, attempt, result: { attempt } })),
    });
    assert.deepEqual(answers.map(({ outcome }) => outcome), ["stale", "ok"]);
    assert.deepEqual((await task(database, id)).result, { attempt: 2 });
  });
});

Deno.test("complete_tasks() keeps a result whose report holds what cannot be stored", async () => {
  await withDatabase(async (database) => {
    const { id, attempt } = (await spawn(database), await claimOne(database));
    const [answer] = await rows(database, "complete_tasks", {
      outcomes: [{
        "task_id": id,
        attempt,
        result: { n: 1 },
        report: { "log_tail": "a\u0000b", "exit_code": "zero", "duration_ms": -4 },
      }],
    });
    assert.equal(answer.outcome, "ok");
    const [kept] = (await task(database, id)).attempts;
    assert.deepEqual([kept.log_tail, kept.exit_code, kept.duration_ms], ["a\ufffdb", null, null]);
  });
});

Deno.test("complete_task() raises where complete_tasks() would tell", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    await refused(
      rows(database, "complete_task", { "task_id": id, attempt: 1 }),
      "TQ002",
      /pending at attempt 0/,
    );
    const held = await claimOne(database);
    await refused(rows(database, "complete_task", { "task_id": id, attempt: 2 }), "TQ002");
    const result = { text: "x".repeat(1_100_000) };
    await refused(rows(database, "complete_task", { "task_id": id, attempt: 1, result }), "TQ005", /bytes/);
    assert.equal((await task(database, id)).status, "claimed");
    await rows(database, "complete_task", { "task_id": id, attempt: held.attempt, result: [1, "two"] });
    assert.deepEqual((await task(database, id)).result, [1, "two"]);
    const nobody = "018f4e5a-0000-7000-8000-000000000000";
    await refused(
      rows(database, "complete_task", { "task_id": nobody, attempt: 1 }),
      "TQ001",
      new RegExp(nobody),
    );
  });
});

Deno.test("complete_tasks() answers in the order of its items, whatever the order of its locks", async () => {
  await withDatabase(async (database) => {
    for (const workflow of [false, true]) {
      if (workflow) await spawnGraph(database, { a: [], b: [], c: [] });
      else for (let count = 0; count < 3; count++) await spawn(database);
      const held = (await claim(database, 3)).toReversed();
      const outcomes = held.map(({ id, attempt }) => ({ "task_id": id, attempt }));
      const answers = await rows(database, "complete_tasks", { outcomes });
      assert.deepEqual(answers.map((row) => [row.task_id, row.outcome]), held.map(({ id }) => [id, "ok"]));
    }
  });
});
