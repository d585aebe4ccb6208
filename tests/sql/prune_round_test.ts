import assert from "node:assert/strict";
import { AbsurdClient } from "../../lib/client.ts";
import { advanceClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import {
  claim,
  claimOne,
  complete,
  drain,
  failForGood,
  type Row,
  rows,
  type Session,
  spawn,
  spawnGraph,
  task,
} from "./queue.ts";

const DAY = 86_400;

/** Pages that a call of prune touches, which stays done. */
async function pagesOfPrune(session: Session, limit: number): Promise<number> {
  const [row] = await session.query<{ "QUERY PLAN": { Plan: Record<string, number> }[] }>(
    `explain (analyze, buffers, format json) select * from absurd.prune(${30 * DAY}, ${limit})`,
  );
  const [{ Plan: plan }] = row["QUERY PLAN"];
  return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
}

async function prune(session: Session, limit = 2, days = 30): Promise<Row> {
  return (await rows(session, "prune", { "older_than_sec": days * DAY, limit }))[0];
}

async function count(session: Session, table: string): Promise<number> {
  const [row] = await session.query<{ count: number }>(`select count(*)::int as count from absurd.${table}`);
  return row.count;
}

/** Calls until each kind has ended twice while nothing was forgotten; returns how many tasks are gone. */
async function pruneAll(session: Session, limit = 2): Promise<number> {
  let tasks = 0;
  for (let calls = 0, ends: string[] = []; ends.length < 6 || new Set(ends).size < 3;) {
    const row = await prune(session, limit);
    ends = row.tasks + row.keys > 0 ? row.ended : [...ends, ...row.ended];
    tasks += row.tasks;
    assert.ok(calls++ < 1_000, "it never ends");
  }
  return tasks;
}

/** Tasks that failed for good, all at one moment, with dead letters that wait. */
async function failMany(session: Session, number: number): Promise<void> {
  await rows(session, "spawn_tasks", {
    tasks: Array.from({ length: number }, () => ({ "queue_name": "q", "task_name": "work" })),
  });
  const outcomes = (await claim(session, number)).map(({ id, attempt }) => ({
    "task_id": id,
    attempt,
    reason: "error",
    message: "boom",
    permanent: true,
  }));
  await rows(session, "fail_tasks", { outcomes });
}

Deno.test("a call of prune() looks at few rows, however many dead letters wait", async () => {
  await withDatabase(async (database) => {
    for (let batch = 0; batch < 6; batch++) await failMany(database, 500);
    await database.query("vacuum analyze absurd.tasks, absurd.dead_letters, absurd.event_batches");
    await advanceClock(database, 31 * DAY);
    for (let calls = 0; calls < 3; calls++) await pagesOfPrune(database, 10); // stamps and forgets the events
    const pages = await pagesOfPrune(database, 10);
    assert.ok(pages < 6_000, `${pages} pages for 3,000 that are kept`);
  });
});

Deno.test("prune() gets past what it keeps, and takes that in a later round", async () => {
  await withDatabase(async (database) => {
    await failMany(database, 70);
    const behind = await spawn(database);
    await complete(database, await claimOne(database));
    await advanceClock(database, 31 * DAY);
    assert.deepEqual([(await prune(database)).tasks, await count(database, "tasks")], [0, 71]);
    assert.equal(await pruneAll(database), 1);
    assert.equal(await task(database, behind), null);
    await rows(database, "replay_dead_letters", { filter: { all: true } });
    await drain(database);
    await advanceClock(database, 31 * DAY);
    assert.equal(await pruneAll(database), 70);
    assert.equal(await count(database, "dead_letters"), 0);
  });
});

Deno.test("the client's prune() forgets all that may go, wherever the round stands", async () => {
  await withDatabase(async (database, url) => {
    await failMany(database, 70);
    for (let number = 0; number < 5; number++) await spawn(database);
    await drain(database);
    await spawnGraph(database, { a: [], b: ["a"] }, { key: "k", "key_window_sec": 60 });
    await drain(database);
    await advanceClock(database, 31 * DAY);
    await prune(database);
    await prune(database);
    await using client = new AbsurdClient({ databaseUrl: url });
    await client.prune(30 * DAY, { batchSize: 2 });
    assert.equal(await count(database, "tasks"), 70);
    assert.deepEqual([await count(database, "workflows"), await count(database, "idempotency_keys")], [0, 0]);
  });
});

Deno.test("prune() gets past workflows that it keeps", async () => {
  await withDatabase(async (database) => {
    for (let number = 0; number < 30; number++) {
      await spawnGraph(database, { a: [], b: ["a"] });
      await failForGood(database, await claimOne(database));
    }
    const behind = await spawnGraph(database, { a: [], b: ["a"] });
    await drain(database);
    await advanceClock(database, 31 * DAY);
    assert.equal((await prune(database)).workflows, 0);
    assert.equal(await pruneAll(database), 2);
    assert.equal(await task(database, behind.tasks.a), null);
    assert.equal(await count(database, "workflows"), 30);
  });
});

Deno.test("prune() gets past keys whose holders it keeps", async () => {
  await withDatabase(async (database) => {
    const ended = async (key: string, windowSec: number) => {
      await spawn(database, { key, "key_window_sec": windowSec });
      await complete(database, await claimOne(database));
    };
    await ended("long", 45 * DAY);
    await advanceClock(database, 31 * DAY);
    assert.equal(await pruneAll(database), 1);
    for (let number = 0; number < 30; number++) await ended(`k${number}`, 60);
    await advanceClock(database, 15 * DAY);
    assert.equal((await prune(database)).keys, 0);
    await pruneAll(database);
    assert.equal(await count(database, "idempotency_keys"), 30);
  });
});

Deno.test("each age has a round of its own, and calls side by side do not wait", async () => {
  await withDatabase(async (database) => {
    await failMany(database, 30);
    await spawn(database);
    await complete(database, await claimOne(database));
    await advanceClock(database, 31 * DAY);
    await database.session(async (other) => {
      await other.script("begin");
      assert.deepEqual((await prune(other)).ended, ["workflows", "keys"]);
      // The mark is not to be had: whoever calls again and again must be told to stop.
      assert.deepEqual((await prune(database)).ended, ["tasks", "workflows", "keys"]);
      assert.deepEqual((await prune(database, 2, 29)).ended, ["workflows", "keys"]);
      await other.script("commit");
    });
    assert.equal((await prune(database)).tasks, 1);
    assert.equal(await count(database, "retention"), 2);
    await advanceClock(database, 31 * DAY);
    await prune(database);
    assert.equal(await count(database, "retention"), 1);
  });
});
