import assert from "node:assert/strict";
import { advanceClock } from "../support/clock.ts";
import { testDatabase, withDatabase } from "../support/database.ts";
import { openDatabase } from "../../lib/database.ts";
import {
  type Claim,
  claim,
  claimOne,
  complete,
  refused,
  rows,
  type Session,
  spawn,
  task,
  value,
} from "./queue.ts";

const limit = (session: Session, max: number | null, queue?: string | null, name?: string) =>
  value(session, "set_limit", { "max_claims": max, "queue_name": queue, "task_name": name });

async function names(claims: Promise<Claim[]>): Promise<string[]> {
  return (await claims).map(({ row }) => `${row.queue_name}/${row.task_name}`);
}

async function stats(session: Session, queue = "q") {
  const [{ ready, held, claimed }] = await rows(session, "get_queue_stats", { "queue_name": queue });
  return { ready, held, claimed };
}

Deno.test("set_limit() bounds the claims of a task name in one queue", async () => {
  await withDatabase(async (database) => {
    for (const name of ["image", "image", "image", "other"]) await spawn(database, {}, { name });
    await spawn(database, {}, { name: "image", queue: "r" });
    await limit(database, 2, "q", "image");
    assert.deepEqual(await names(claim(database, 9, { queues: ["q", "r"] })), [
      "q/image",
      "q/image",
      "q/other",
      "r/image",
    ]);
    assert.deepEqual(await claim(database, 9), []);
  });
});

Deno.test("set_limit() bounds the claims of a task name across queues", async () => {
  await withDatabase(async (database) => {
    const options = { queues: ["a", "b"] };
    for (const queue of ["a", "b", "a", "b"]) await spawn(database, {}, { name: "image", queue });
    await limit(database, 3, null, "image");
    assert.equal((await claim(database, 2, { queues: ["a"] })).length, 2);
    assert.deepEqual(await names(claim(database, 9, options)), ["b/image"]);
    assert.deepEqual(await claim(database, 9, { ...options, names: ["image"] }), []);
  });
});

Deno.test("set_limit() bounds the claims of a queue, and of everything", async () => {
  await withDatabase(async (database) => {
    for (const queue of ["a", "a", "b", "b"]) await spawn(database, {}, { queue });
    await limit(database, 1, "a");
    assert.equal((await claim(database, 9, { queues: ["a"] })).length, 1);
    await limit(database, 2);
    assert.deepEqual(await names(claim(database, 9, { queues: ["a", "b"] })), ["b/work"]);
    await limit(database, null);
    await limit(database, null, "a");
    assert.equal((await claim(database, 9, { queues: ["a", "b"] })).length, 2);
    assert.deepEqual(await rows(database, "list_limits"), []);
  });
});

Deno.test("claim_tasks() takes the best tasks that several limits allow together", async () => {
  await withDatabase(async (database) => {
    const low = await spawn(database, {}, { name: "image" });
    const high = await spawn(database, { priority: 2 }, { name: "image" });
    const middle = await spawn(database, { priority: 1 }, { name: "extract" });
    await spawn(database, { priority: -1 }, { name: "extract" });
    await limit(database, 1, null, "image");
    await limit(database, 2, "q");
    assert.deepEqual((await claim(database, 9)).map(({ id }) => id), [high, middle]);
    assert.equal((await task(database, low)).state, "held");
  });
});

Deno.test("a claim that ends makes room, and one that is cancelled does not before its processes are gone", async () => {
  await withDatabase(async (database) => {
    for (let count = 0; count < 4; count++) await spawn(database);
    await limit(database, 1, "q");
    const first = await claimOne(database);
    assert.deepEqual(await claim(database), []);
    await complete(database, first);
    const second = await claimOne(database);
    await value(database, "cancel_task", { "task_id": second.id });
    assert.deepEqual(await claim(database), []);
    assert.deepEqual((await rows(database, "list_limits"))[0], {
      "queue_name": "q",
      "task_name": null,
      "max_claims": 1,
      claims: 0,
      dying: 1,
    });
    await rows(database, "acknowledge_tasks", {
      outcomes: [{ "task_id": second.id, attempt: second.attempt }],
    });
    const third = await claimOne(database);
    await value(database, "cancel_task", { "task_id": third.id });
    await advanceClock(database, 121); // its lease has ended
    await claimOne(database);
  });
});

Deno.test("get_queue_stats() and get_task() show ready tasks without room as held", async () => {
  await withDatabase(async (database) => {
    const ids = [await spawn(database), await spawn(database)];
    const other = await spawn(database, {}, { name: "other" });
    await limit(database, 1, null, "work");
    assert.deepEqual(await stats(database), { ready: 3, held: 0, claimed: 0 });
    await claimOne(database);
    assert.deepEqual(await stats(database), { ready: 1, held: 1, claimed: 1 });
    assert.equal((await task(database, ids[1])).state, "held");
    assert.equal((await task(database, other)).state, "ready");
    assert.equal((await rows(database, "list_tasks", { filter: { state: "held" } })).length, 1);
  });
});

Deno.test("a limit of 0 holds everything back; a negative one is refused", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    await limit(database, 0, "q");
    assert.deepEqual(await claim(database), []);
    await refused(limit(database, -1, "q"), "22023", /-1/);
    await refused(limit(database, 1, ""), "22023");
  });
});

Deno.test("claims are refused outside READ COMMITTED, under a limit or not", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    await spawn(database, {}, { queue: "free" });
    await limit(database, 1, "q");
    for (const queue of ["q", "free"]) {
      await database.session(async (session) => {
        await session.script("begin isolation level repeatable read");
        await refused(claim(session, 1, { queues: [queue] }), "25001");
        await session.script("rollback");
      });
    }
  });
});

Deno.test("eight workers that claim and complete at once never exceed a limit", async () => {
  await using own = await testDatabase();
  const { database } = own;
  const items = Array.from({ length: 60 }, (_, n) => ({
    "queue_name": "q",
    "task_name": n % 2 ? "odd" : "even",
  }));
  await rows(database, "spawn_tasks", { tasks: items });
  await limit(database, 3, null, "odd");
  await limit(database, 4, "q");
  const live = { odd: 0, even: 0 };
  let done = 0;
  await using pool = openDatabase({ url: own.url, maxConnections: 8 });
  await Promise.all(Array.from({ length: 8 }, async (_, n) => {
    for (let idle = 0; idle < 200 && done < items.length; idle++) {
      const claims = await claim(pool, 2, { worker: `w${n}` });
      for (const { row } of claims) live[row.task_name as "odd"]++;
      assert.ok(live.odd <= 3 && live.odd + live.even <= 4, JSON.stringify(live));
      for (const held of claims) {
        live[held.row.task_name as "odd"]--; // before it is complete: afterwards another one may hold the place
        await complete(pool, held);
        done++;
      }
    }
  }));
  assert.equal(done, items.length);
});
