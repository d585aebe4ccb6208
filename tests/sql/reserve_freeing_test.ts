import assert from "node:assert/strict";
import type { Database } from "../../lib/database.ts";
import { advanceClock, setClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import { freeAll, freeAtOnce } from "../proofs/support/freeing.ts";
import { type Fan, spawnFan } from "./fan.ts";
import { claim, drain, type Row, rows, spawn, spawnGraph, states, task, value } from "./queue.ts";
import { ask, askAll, completeReserved, open, reservations, reserve, spawnMany } from "./reservations.ts";

/** Runs `test` beside a workflow of `first`, `a` to `f` behind it, and `last`: `first` has completed, nothing is free. */
async function withFan(test: (database: Database, fan: Fan) => Promise<void>): Promise<void> {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const fan = await spawnFan(database);
    await advanceClock(database, 10);
    await test(database, fan);
  });
}

/** What is still to be freed, by the names of steps. */
async function freeing(database: Database): Promise<string[]> {
  const found = await database.query<{ first: string; last: string }>(`
    select a.step_name as first, b.step_name as last
    from absurd.freeing as f
    join absurd.tasks as a on a.task_id = f.first_id
    join absurd.tasks as b on b.task_id = f.last_id
    order by 1`);
  return found.map(({ first, last }) => `${first} to ${last}`);
}

/** How many tasks of the queue are ready, blocked, claimed and completed. */
async function counts(database: Database): Promise<number[]> {
  const [{ ready, blocked, claimed, completed }] = await rows(database, "get_queue_stats", {
    "queue_name": "q",
  });
  return [ready, blocked, claimed, completed];
}

const statusOf = async (database: Database, { workflow }: Fan) =>
  (await value<Row>(database, "get_workflow", { "workflow_id": workflow })).status;

const complete = (database: Database, id: string, tasks: readonly string[]) =>
  completeReserved(database, id, tasks.map((one) => [one, { of: one }]));

Deno.test("children that are to be freed are reserved as they are, and written when they complete", async () => {
  await withFan(async (database, fan) => {
    const { a, b, c, d, e, f, last, first } = fan.tasks;
    const { id, tasks, attempts, told } = await reserve(database, 9);
    assert.deepEqual([tasks, attempts], [[a, b, c, d, e, f], Array(6).fill(1)]);
    assert.deepEqual(told[c], [fan.workflow, "c", { first: null }]);
    assert.deepEqual([await counts(database), await freeing(database)], [[0, 7, 0, 1], []]);
    const [{ parent_id, ...row }] = await reservations(database);
    assert.deepEqual([parent_id, row.open, row.task_ids], [first, 6, tasks]);

    await advanceClock(database, 1);
    assert.deepEqual(await complete(database, id, [b, a, f]), []);
    assert.deepEqual([await counts(database), await open(database)], [[0, 4, 0, 4], [3]]);
    const done = await task(database, a);
    assert.deepEqual([done.status, done.worker_id, done.result, done.attempts.length], [
      "completed",
      "w1",
      { of: a },
      1,
    ]);
    const [times] = await database.query(
      "select run_at, claimed_at, finished_at, open_parents from absurd.tasks where task_id = $1",
      [a],
    );
    assert.deepEqual(times, {
      "run_at": new Date("2026-03-01T12:00:10Z"), // and not when it was spawned
      "claimed_at": new Date("2026-03-01T12:00:10Z"),
      "finished_at": new Date("2026-03-01T12:00:11Z"),
      "open_parents": 0,
    });
    assert.equal(await statusOf(database, fan), "running");
    assert.deepEqual(await complete(database, id, [c, d, e]), []);
    assert.deepEqual([await reservations(database), (await task(database, last)).state], [[], "ready"]);
    assert.deepEqual(await drain(database), ["last"]);
    assert.equal(await statusOf(database, fan), "completed");
    assert.deepEqual(await counts(database), [0, 0, 0, 8]);
  });
});

Deno.test("a reservation takes as many as are asked for, the next goes on behind them", async () => {
  await withFan(async (database, { tasks: { a, b, c, d, e, f } }) => {
    assert.deepEqual((await reserve(database, 3)).tasks, [a, b, c]);
    assert.deepEqual(await freeing(database), ["d to d", "e to f"]);
    assert.deepEqual((await reserve(database, 2, { worker: "w2" })).tasks, [d, e]);
    assert.deepEqual(await freeing(database), ["f to f"]);
    assert.deepEqual((await reserve(database, 2)).tasks, [f]);
    assert.equal((await ask(database, 2)).id, null);
  });
});

Deno.test("where few others are ready they are reserved along, in a reservation of their own", async () => {
  await withFan(async (database, { tasks: { a, b } }) => {
    const [high, low] = await spawnMany(database, [5, -5]);
    const got = await askAll(database, 4);
    assert.deepEqual(got.map(({ tasks }) => tasks), [[high, low], [a, b]]);
    assert.deepEqual(await open(database), [2, 2]);
    const [ready, direct] = await reservations(database);
    assert.deepEqual([direct.task_ids, ready.task_ids], [[a, b], [high, low]]);
    assert.deepEqual([ready.parent_id, ready.top_priority], [null, 5]);
  });
});

/** What is ready beside the children, and cannot be reserved. */
const CLAIMED: Record<string, (database: Database) => Promise<string[]>> = {
  "it has a key": async (database) => [await spawn(database, { priority: 5, key: "k" })],
  "it differs in depth": async (database) => {
    const [shallow, deep] = await spawnMany(database, [5, 5]);
    await database.query("update absurd.tasks set depth = 3 where task_id = $1", [deep]);
    return [shallow, deep];
  },
};

for (const [why, make] of Object.entries(CLAIMED)) {
  Deno.test(`what is ready and has to be claimed does not wait until all children have run: ${why}`, async () => {
    await withFan(async (database, { tasks: { a } }) => {
      const ready = await make(database);
      const { id, tasks } = await ask(database, 3);
      assert.deepEqual([id, tasks.slice(0, ready.length), tasks.includes(a)], [null, ready, true]);
    });
  });
}

Deno.test("where enough others are ready some are freed, and stand in line", async () => {
  await withFan(async (database, { tasks: { a } }) => {
    const [high] = await spawnMany(database, [5, -5]);
    assert.deepEqual(await ask(database, 2).then(({ id, tasks }) => [id, tasks]), [null, [high, a]]);
    assert.deepEqual(await freeing(database), ["c to d", "e to f"]);
  });
});

Deno.test("where enough others are ready that go first, few are freed, so that the rest need not be", async () => {
  await withFan(async (database) => {
    await spawnMany(database, Array(40).fill(0));
    await database.query("update absurd.tasks set depth = 1 where state = 'ready'");
    const left: number[] = [];
    for (let time = 0; time < 6; time++) {
      const { id, tasks } = await reserve(database, 2);
      await completeReserved(database, id, tasks.map((one) => [one, null]));
      left.push((await freeing(database)).length);
    }
    assert.deepEqual(left, [3, 3, 3, 3, 2, 2]);
  });
});

/** What a child has that keeps it and its siblings from being reserved as they are. */
const SPECIAL: Record<string, (database: Database, fan: Fan) => Promise<unknown>> = {
  "its priority is another": (database, { tasks }) =>
    value(database, "set_priority", { "task_id": tasks.b, priority: 1 }),
  "it has settings of its own": (database, { tasks }) =>
    database.query(`update absurd.tasks set settings = '{"timeout_sec": 1}' where task_id = $1`, [tasks.b]),
  "its time has not come": (database, { tasks }) =>
    database.query("update absurd.tasks set run_at = run_at + interval '1 hour' where task_id = $1", [
      tasks.b,
    ]),
  "it is of another queue": (database, { tasks }) =>
    database.query("update absurd.tasks set queue_name = 'other' where task_id = $1", [tasks.b]),
  "processes of some task may still be there": async (database) => {
    const id = await spawn(database, {}, { queue: "other" });
    await claim(database, 1, { queues: ["other"] });
    await value(database, "cancel_task", { "task_id": id });
  },
};

for (const [why, make] of Object.entries(SPECIAL)) {
  Deno.test(`children are freed first where one cannot be reserved as it is: ${why}`, async () => {
    await withFan(async (database, fan) => {
      await make(database, fan);
      const before = await freeing(database);
      await ask(database, 3);
      assert.deepEqual(await freeing(database), before.slice(1));
      assert.notEqual((await task(database, fan.tasks.a)).state, "blocked");
    });
  });
}

Deno.test("children are freed first where one waits for another task, too", async () => {
  await withDatabase(async (database) => {
    const other = await spawn(database, {}, { queue: "other" });
    const { tasks } = await spawnFan(database, [other]);
    assert.deepEqual((await ask(database, 2)).tasks, [tasks.b]);
    assert.deepEqual(await states(database, { a: tasks.a, b: tasks.b }), { a: "blocked", b: "ready" });
  });
});

Deno.test("what was given back is freed, and nothing else", async () => {
  await withFan(async (database, fan) => {
    const { a, b, c, d, e, f } = fan.tasks;
    const { id, tasks } = await reserve(database, 9);
    await rows(database, "release_reserved", { "reservation_id": id, "task_ids": [a, e, b] });
    assert.deepEqual(await freeing(database), ["a to b", "e to e"]);
    assert.deepEqual((await reservations(database)).map((row) => row.task_ids), [[c, d, f]]);
    assert.deepEqual(await complete(database, id, [c]), []);
    await rows(database, "release_reserved", { "reservation_id": id, "task_ids": tasks });
    assert.deepEqual(await freeing(database), ["a to b", "d to d", "e to e", "f to f"]);
    assert.deepEqual([await reservations(database), await statusOf(database, fan)], [[], "running"]);
    assert.deepEqual(await drain(database), ["a", "b", "d", "e", "f", "last"]);
    assert.equal(await statusOf(database, fan), "completed");
  });
});

Deno.test("who asks for several finds them, though each was given back by itself", async () => {
  await withFan(async (database, { tasks: { a, c, e } }) => {
    const { id } = await reserve(database, 9);
    await rows(database, "release_reserved", { "reservation_id": id, "task_ids": [a, c, e] });
    const again = await reserve(database, 3);
    assert.deepEqual(again.tasks, [a, c, e]);
    await rows(database, "release_reserved", { "reservation_id": again.id, "task_ids": [a, c, e] });
    await freeAtOnce(database, 3);
    assert.deepEqual((await claim(database, 9)).map((held) => held.id), [a, c, e]);
  });
});

Deno.test("who completes another attempt gives the task back, and it is freed", async () => {
  await withFan(async (database, { tasks: { a, b } }) => {
    const { id } = await reserve(database, 2);
    assert.deepEqual(await completeReserved(database, id, [[a, 0, 2], [b, 0]]), [[a, "stale"]]);
    await freeAll(database);
    assert.equal((await task(database, a)).state, "ready");
  });
});

Deno.test("claimed after all, such a child is a claim like others", async () => {
  await withFan(async (database, { tasks: { a, b } }) => {
    const { id } = await reserve(database, 2);
    await rows(database, "claim_reserved", { "reservation_id": id, "task_ids": [b] });
    const { status, attempt, state } = await task(database, b);
    assert.deepEqual([status, attempt, state], ["claimed", 1, "claimed"]);
    assert.deepEqual(await counts(database), [0, 6, 1, 1]);
    const outcomes = [{ "task_id": b, attempt: 1, error: "no", reason: "failed" }];
    await rows(database, "fail_tasks", { outcomes });
    assert.deepEqual([(await task(database, b)).failures, await open(database)], [1, [1]]);
    assert.deepEqual(await complete(database, id, [a]), []);
  });
});

Deno.test("one whose result is too large fails, and may be tried again", async () => {
  await withFan(async (database, { tasks: { a, b } }) => {
    const { id } = await reserve(database, 2);
    const ends = [[a, "x".repeat(1_100_000)], [b, {}]] as const;
    assert.deepEqual(await completeReserved(database, id, ends), [[a, "too_large"]]);
    assert.deepEqual([(await task(database, a)).failures, (await task(database, b)).status], [
      1,
      "completed",
    ]);
  });
});

Deno.test("lost with their worker, such children are claims that are suspected, and run again", async () => {
  await withFan(async (database, fan) => {
    const { a, b } = fan.tasks;
    await reserve(database, 2);
    await advanceClock(database, 121);
    await rows(database, "recover_claims");
    assert.deepEqual(await states(database, { a, b }), { a: "claimed", b: "claimed" });
    await advanceClock(database, 31);
    assert.deepEqual((await rows(database, "recover_claims")).map((row) => row.task_id), [a, b]);
    assert.deepEqual(await reservations(database), []);
    await advanceClock(database, 3_600);
    assert.deepEqual((await drain(database)).toSorted(), ["a", "b", "c", "d", "e", "f", "last"]);
    assert.deepEqual([(await task(database, a)).failures, await statusOf(database, fan)], [0, "completed"]);
  });
});

Deno.test("forgotten by their worker, such children are given back as attempts that were not begun", async () => {
  await withFan(async (database, { tasks: { a } }) => {
    await reserve(database, 2);
    await rows(database, "forget_reservations", { "worker_id": "w1", known: ["0"] });
    const { attempt, attempts, failures } = await task(database, a);
    assert.deepEqual([attempt, attempts[0].outcome, failures], [1, "released", 0]);
    assert.deepEqual((await claim(database, 2)).map(({ id }) => id)[0], a);
  });
});

Deno.test("cancelled while they are reserved, such children are told to their worker, and do not run", async () => {
  await withFan(async (database, fan) => {
    const { a, b, last } = fan.tasks;
    const { id } = await reserve(database, 2);
    await value(database, "cancel_task", { "task_id": b });
    assert.deepEqual(await states(database, { b, last }), { b: "cancelled", last: "cancelled" });
    assert.deepEqual(await complete(database, id, [a, b]), [[b, "cancelled"]]);
    await value(database, "cancel_workflow", { "workflow_id": fan.workflow });
    assert.deepEqual([await counts(database), await freeing(database)], [[0, 0, 0, 2], [
      "c to d",
      "e to f",
    ]]);
    await freeAll(database);
    assert.equal(await statusOf(database, fan), "cancelled");
  });
});

Deno.test("cancelled before, they are left out; opened again meanwhile, they are free by themselves", async () => {
  await withFan(async (database, { tasks: { a, b, c, d } }) => {
    await rows(database, "cancel_tasks", { "task_ids": [a, c] });
    const { tasks } = await reserve(database, 2);
    assert.deepEqual(tasks, [b, d]);
    await rows(database, "retry_tasks", { "task_ids": [a, c] });
    assert.deepEqual(await states(database, { a, b, c }), { a: "ready", b: "blocked", c: "ready" });
  });
});

Deno.test("explain_task() tells who has reserved a child that is not free yet", async () => {
  await withFan(async (database, { tasks: { a } }) => {
    await reserve(database, 1);
    const { reasons } = await value<Row>(database, "explain_task", { "task_id": a });
    assert.deepEqual(reasons.map(({ kind, worker_id }: Row) => [kind, worker_id]), [["reserved", "w1"]]);
  });
});

Deno.test("what is ready is found at once behind children that are reserved as they are", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const early = await spawn(database, { delay_sec: 5 });
    const { tasks } = await spawnFan(database);
    await reserve(database, 6);
    await advanceClock(database, 5.5); // within a second of nothing that was looked at
    const later = await spawnGraph(database, { only: [] });
    assert.deepEqual((await reserve(database, 9, { worker: "w2" })).tasks, [early, later.tasks.only]);
    assert.equal((await task(database, tasks.a)).state, "blocked");
  });
});
