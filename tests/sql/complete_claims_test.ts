import assert from "node:assert/strict";
import type { Database } from "../../lib/database.ts";
import { withDatabase } from "../support/database.ts";
import { type Claim, claim, claimOne, refused, type Row, spawn, spawnGraph, task, value } from "./queue.ts";

/** Completes claims by arrays, each with a result as JSON text; the answers that are not "ok". */
async function completeAll(
  database: Database,
  ends: readonly (readonly [Claim, string | null])[],
  { standAlone = false } = {},
): Promise<Row[]> {
  return await database.query<Row>(
    "select * from absurd.complete_claims($1::uuid[], $2::int[], $3::jsonb[], $4::jsonb[], $5)",
    [
      ends.map(([{ id }]) => id),
      ends.map(([{ attempt }]) => attempt),
      ends.map(([, result]) => result),
      ends.map((_, index) => JSON.stringify({ "duration_ms": index })),
      standAlone,
    ],
  );
}

Deno.test("complete_claims() keeps results and history, and answers nothing where all is well", async () => {
  await withDatabase(async (database) => {
    for (let number = 0; number < 3; number++) await spawn(database);
    const held = await claim(database, 3);
    assert.deepEqual(await completeAll(database, held.map((one, index) => [one, `{"n":${index}}`])), []);
    for (const [index, { id }] of held.entries()) {
      const { status, result, attempts } = await task(database, id);
      assert.deepEqual([status, result], ["completed", { n: index }]);
      assert.deepEqual(
        attempts.map((one: Row) => [one.attempt, one.outcome, one.worker_id, one.duration_ms]),
        [[1, "completed", "w1", index]],
      );
    }
  });
});

Deno.test("complete_claims() judges each claim by itself, and tells of those that are not ok", async () => {
  await withDatabase(async (database) => {
    for (let number = 0; number < 5; number++) await spawn(database, { "max_retries": 0 });
    const [good, stale, cancelled, twice, large] = await claim(database, 5);
    await value(database, "cancel_task", { "task_id": cancelled.id });
    const answers = await completeAll(database, [
      [good, "{}"],
      [{ ...stale, attempt: 7 }, "{}"],
      [cancelled, "{}"],
      [twice, '{"first":true}'],
      [twice, '{"first":false}'],
    ]);
    assert.deepEqual(
      answers.map((answer) => [answer.task_id, answer.outcome]),
      [[stale.id, "stale"], [cancelled.id, "cancelled"], [twice.id, "stale"]],
    );
    assert.equal((await task(database, good.id)).status, "completed");
    assert.equal((await task(database, stale.id)).status, "claimed");
    assert.deepEqual((await task(database, twice.id)).result, { first: true });

    const [answer] = await completeAll(database, [[large, JSON.stringify({ text: "x".repeat(1_100_000) })]]);
    assert.deepEqual([answer.task_id, answer.outcome], [large.id, "too_large"]);
    assert.match((await task(database, large.id)).error, /result has \d+ bytes/);
  });
});

Deno.test("claim_tasks() tells which tasks stand alone", async () => {
  await withDatabase(async (database) => {
    await spawn(database, {}, { name: "alone" });
    await spawn(database, { key: "k" }, { name: "keyed" });
    const { tasks } = await spawnGraph(database, { a: [], b: ["a"] });
    await spawn(database, { "depends_on": [tasks.a] }, { name: "child" });
    const held = await claim(database, 9);
    await completeAll(database, held.map((one) => [one, null]));
    held.push(...await claim(database, 9));
    assert.deepEqual(
      Object.fromEntries(held.map(({ row }) => [row.task_name, row.stands_alone])),
      { alone: true, keyed: false, a: false, b: false, child: false },
    );
  });
});

for (const standAlone of [false, true]) {
  const told = standAlone ? "though it is told that they stand alone" : "in the same call";
  Deno.test(`complete_claims() lets go what waited for the tasks, ${told}`, async () => {
    await withDatabase(async (database) => {
      const alone = await spawn(database);
      const parent = await spawn(database);
      const { tasks } = await spawnGraph(database, { a: [], b: ["a"] });
      await spawn(database, { "depends_on": [parent] }, { name: "child" });
      const held = await claim(database, 9);
      assert.deepEqual(held.map(({ id }) => id).toSorted(), [alone, parent, tasks.a].toSorted());
      const ends = held.map((one) => [one, null] as const);
      assert.deepEqual(
        await completeAll(database, [...ends, [{ ...held[0], attempt: 7 }, null]], { standAlone })
          .then((rows) => rows.map((row) => [row.task_id, row.outcome])),
        [[held[0].id, "stale"]],
      );
      assert.deepEqual((await claim(database, 9)).map(({ row }) => row.task_name).toSorted(), ["b", "child"]);
    });
  });
}

Deno.test("complete_claims() takes one attempt, result or report for all tasks", async () => {
  await withDatabase(async (database) => {
    for (let count = 0; count < 3; count++) await spawn(database);
    const ids = (await claim(database, 3)).map(({ id }) => id);
    const report = JSON.stringify({ "duration_ms": 7 });
    const call = "select * from absurd.complete_claims($1::uuid[], $2::int[], $3::jsonb[], $4::jsonb[])";
    assert.deepEqual(await database.query(call, [ids, [1], [null], [report]]), []);
    for (const id of ids) {
      const { status, result, attempts } = await task(database, id);
      assert.deepEqual([status, result, attempts[0].duration_ms], ["completed", null, 7]);
    }
  });
});

Deno.test("complete_claims() refuses arrays of different lengths, and changes nothing", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    const { id } = await claimOne(database);
    const call = "select * from absurd.complete_claims($1::uuid[], $2::int[], $3::jsonb[], $4::jsonb[])";
    await refused(database.query(call, [[id], [1, 2], [null], [null]]), "22023", /have 1, 2, 1 and 1/);
    await refused(database.query(call, [[id], null, [null], [null]]), "22023", /one length/);
    assert.equal((await task(database, id)).status, "claimed");
  });
});
