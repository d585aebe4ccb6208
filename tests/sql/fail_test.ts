import assert from "node:assert/strict";
import { advanceClock, setClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import { claim, claimOne, complete, fail, refused, rows, spawn, task, value } from "./queue.ts";

Deno.test("fail_tasks() makes a task pending again until its retries are used up", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, { "max_retries": 2 });
    for (const left of [2, 1]) {
      const answer = await fail(database, await claimOne(database), { message: `left ${left}` });
      assert.deepEqual([answer.outcome, answer.status], ["ok", "pending"]);
      assert.ok(answer.retry_at instanceof Date);
      await advanceClock(database, 3600);
    }
    const last = await fail(database, await claimOne(database), { message: "out of luck" });
    assert.deepEqual([last.status, last.retry_at], ["failed", null]);
    const found = await task(database, id);
    assert.deepEqual([found.status, found.attempt, found.failures, found.error, found.error_reason], [
      "failed",
      3,
      3,
      "out of luck",
      "error",
    ]);
    assert.deepEqual(found.attempts.map((attempt: { message: string }) => attempt.message), [
      "left 2",
      "left 1",
      "out of luck",
    ]);
  });
});

Deno.test("fail_tasks() waits at random between nothing and a bound that doubles up to the cap", async () => {
  await withDatabase(async (database) => {
    const bounds = await database.query<{ failures: number; lowest: number; highest: number }>(
      `select n as failures, min(d) as lowest, max(d) as highest
       from generate_series(1, 8) as n, generate_series(1, 400) as i,
         lateral (select absurd._backoff_sec(n, 5 + 0 * i, 120) as d) as b
       group by n order by n`,
    );
    bounds.forEach(({ failures, lowest, highest }) => {
      const bound = Math.min(120, 5 * 2 ** (failures - 1));
      assert.ok(lowest >= 0 && lowest < bound / 4, `${failures}: lowest ${lowest}`);
      assert.ok(highest <= bound && highest > bound * 3 / 4, `${failures}: highest ${highest}`);
    });
  });
});

Deno.test("fail_tasks() cannot overflow its backoff, whatever the settings", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, {
      "max_retries": 1_000_000,
      "backoff_base_sec": 315360000,
      "backoff_cap_sec": 315360000,
    });
    await claimOne(database);
    await database.query("update absurd.tasks set failures = 999998");
    assert.equal((await fail(database, { id, attempt: 1, row: {} })).status, "pending");
  });
});

Deno.test("fail_tasks() makes a task ready at once when its backoff is nothing", async () => {
  await withDatabase(async (database) => {
    await spawn(database, { "backoff_base_sec": 0 });
    await fail(database, await claimOne(database));
    assert.equal((await claimOne(database)).attempt, 2);
  });
});

Deno.test("fail_tasks() does not retry a permanent failure", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    const answer = await fail(database, await claimOne(database), { permanent: true, reason: "bad_input" });
    assert.equal(answer.status, "failed");
    assert.deepEqual([(await task(database, id)).failures, (await task(database, id)).error_reason], [
      1,
      "bad_input",
    ]);
  });
});

Deno.test("fail_tasks() takes 'not now' twenty times in a row without counting it, then counts it", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, { "max_retries": 0 });
    const notNow = async () => {
      const { status, message } = await fail(database, await claimOne(database), {
        "not_now": true,
        reason: "not_now",
      });
      await advanceClock(database, 3600);
      return [status, message];
    };
    for (let time = 1; time <= 20; time++) assert.deepEqual(await notNow(), ["pending", null], `${time}`);
    assert.equal((await task(database, id)).failures, 0);
    assert.deepEqual(await notNow(), ["failed", 'the 21st "not now" in a row counts as a failure']);
    assert.deepEqual([(await task(database, id)).failures, (await task(database, id)).attempt], [1, 21]);
  });
});

Deno.test("fail_tasks() starts counting 'not now' anew after a failure", async () => {
  await withDatabase(async (database) => {
    await spawn(database, { "max_retries": 1 });
    for (let time = 1; time <= 41; time++) {
      const held = await claimOne(database);
      const { status } = await fail(database, held, time === 21 ? {} : { "not_now": true });
      assert.equal(status, "pending", `${time}`);
      await advanceClock(database, 3600);
    }
  });
});

Deno.test("fail_tasks() changes nothing for stale and cancelled claims, and fails the others", async () => {
  await withDatabase(async (database) => {
    for (let number = 0; number < 3; number++) await spawn(database);
    const [good, stale, cancelled] = await claim(database, 3);
    await value(database, "cancel_task", { "task_id": cancelled.id });
    const answers = await rows(database, "fail_tasks", {
      outcomes: [
        { "task_id": good.id, attempt: 1, message: "boom\u0000" },
        { "task_id": stale.id, attempt: 9, message: "late" },
        { "task_id": cancelled.id, attempt: 1, message: "late" },
      ],
    });
    assert.deepEqual(answers.map(({ outcome, status }) => [outcome, status]), [
      ["ok", "pending"],
      ["stale", "claimed"],
      ["cancelled", "cancelled"],
    ]);
    assert.equal((await task(database, good.id)).error, "boom\ufffd");
  });
});

Deno.test("fail_tasks() leaves no dead letter when that was switched off at spawn", async () => {
  await withDatabase(async (database) => {
    const silent = await spawn(database, { "dlq_enabled": false });
    const loud = await spawn(database);
    for (const held of await claim(database, 2)) await fail(database, held, { permanent: true });
    assert.equal((await task(database, silent)).status, "failed");
    const letters = await rows(database, "list_dead_letters");
    assert.deepEqual(letters.map((row) => row.list_dead_letters.task_id), [loud]);
  });
});

Deno.test("fail_task() returns the new status, and raises for a claim that is not live", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const id = await spawn(database, { "max_retries": 1 });
    await claimOne(database);
    const args = { "task_id": id, attempt: 1, message: "boom" };
    assert.equal(await value(database, "fail_task", args), "pending");
    await refused(value(database, "fail_task", args), "TQ002", /pending at attempt 1/);
    await advanceClock(database, 3600);
    await claimOne(database);
    await refused(value(database, "fail_task", args), "TQ002", /claimed at attempt 2/);
    assert.equal(await value(database, "fail_task", { ...args, attempt: 2 }), "failed");
  });
});

Deno.test("a completed task keeps no error of its earlier failures", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, { "backoff_base_sec": 0 });
    await fail(database, await claimOne(database));
    assert.equal((await task(database, id)).error, "boom");
    await complete(database, await claimOne(database), {});
    assert.deepEqual([(await task(database, id)).error, (await task(database, id)).error_reason], [
      null,
      null,
    ]);
    assert.equal((await task(database, id)).attempts[0].message, "boom");
  });
});
