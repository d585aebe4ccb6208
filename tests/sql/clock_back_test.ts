/** A clock that was days ahead for a while, and is right again. */

import assert from "node:assert/strict";
import { advanceClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import {
  claim,
  claimOne,
  complete,
  drain,
  type Row,
  rows,
  type Session,
  spawn,
  spawnGraph,
  task,
  value,
} from "./queue.ts";

const DAY = 86_400;
const AHEAD = 400 * DAY;

/** Does something while the clock is ahead. */
async function ahead<Made>(session: Session, make: () => Promise<Made>): Promise<Made> {
  await advanceClock(session, AHEAD);
  const made = await make();
  await advanceClock(session, -AHEAD);
  return made;
}

async function workers(session: Session): Promise<Row[]> {
  return (await rows(session, "list_workers")).map((row) => row.list_workers);
}

async function recover(session: Session): Promise<string[]> {
  return (await rows(session, "recover_claims")).map((row) => row.task_id);
}

async function count(session: Session, table: string): Promise<number> {
  const [row] = await session.query<{ count: number }>(`select count(*)::int as count from absurd.${table}`);
  return row.count;
}

Deno.test("what ended and was told while the clock was ahead is forgotten as if it were of now", async () => {
  await withDatabase(async (database) => {
    const prune = async () => (await rows(database, "prune", { "older_than_sec": 30 * DAY }))[0];
    await ahead(database, async () => {
      await spawn(database);
      await spawnGraph(database, { a: [], b: ["a"] });
      await drain(database);
      await prune(); // makes pages of the events so far
    });
    await spawn(database);
    await prune();
    await advanceClock(database, 29 * DAY);
    await prune();
    assert.deepEqual([await count(database, "tasks"), await count(database, "workflows")], [4, 1]);
    assert.ok(await count(database, "event_batches") > 1);
    await advanceClock(database, 2 * DAY);
    await prune();
    await prune();
    assert.deepEqual([await count(database, "tasks"), await count(database, "workflows")], [1, 0]);
    assert.equal(await count(database, "event_pages"), 0);
  });
});

Deno.test("a key whose holder completed while the clock was ahead is held for its window, and no longer", async () => {
  await withDatabase(async (database) => {
    const prune = () => rows(database, "prune", { "older_than_sec": 30 * DAY });
    const key = { key: "k", "key_window_sec": 60 };
    const id = await ahead(database, async () => {
      const made = await spawn(database, key);
      await drain(database);
      return made;
    });
    await prune();
    await advanceClock(database, 50);
    await prune();
    assert.equal(await spawn(database, key), id);
    await advanceClock(database, 20);
    assert.notEqual(await spawn(database, key), id);
  });
});

Deno.test("heartbeat_worker() makes a worker known again that was forgotten meanwhile", async () => {
  await withDatabase(async (database) => {
    const info = { "queue_names": ["q"], hostname: "node1" };
    await rows(database, "register_worker", { "worker_id": "w1", info });
    await ahead(database, () => rows(database, "register_worker", { "worker_id": "w2", info }));
    assert.deepEqual((await workers(database)).map((one) => one.worker_id), ["w2"]);
    await rows(database, "heartbeat_worker", { "worker_id": "w1", claims: [] });
    assert.equal((await workers(database)).length, 1, "who does not say who he is cannot be listed");
    assert.deepEqual(await rows(database, "heartbeat_worker", { "worker_id": "w1", claims: [], info }), []);
    const found = (await workers(database)).filter((one) => one.worker_id === "w1");
    assert.deepEqual(found.map((one) => [one.hostname, one.live]), [["node1", true]]);
  });
});

Deno.test("a worker or scheduler that beat last while the clock was ahead does not count as live, and is forgotten", async () => {
  await withDatabase(async (database) => {
    const info = { "queue_names": ["q"] };
    await ahead(database, async () => {
      await rows(database, "register_worker", { "worker_id": "w1", info });
      await rows(database, "register_scheduler", { "scheduler_id": "s1" });
    });
    assert.deepEqual((await workers(database)).map((one) => one.live), [false]);
    assert.equal((await rows(database, "list_schedulers"))[0].list_schedulers.live, false);
    assert.equal((await rows(database, "prune", { "older_than_sec": 30 * DAY }))[0].workers, 1);
    await rows(database, "register_scheduler", { "scheduler_id": "s2" });
    assert.equal((await rows(database, "list_schedulers")).length, 1);
  });
});

Deno.test("a claim of a worker that died while the clock was ahead is lost; that of one that lives is not", async () => {
  await withDatabase(async (database) => {
    const [dead, alive] = [await spawn(database), await spawn(database)];
    const claims = (held: Row) => [{ "task_id": held.id, attempt: held.attempt }];
    const held = await ahead(database, async () => {
      await claimOne(database, { worker: "w1" });
      return await claimOne(database, { worker: "w2" });
    });
    assert.equal((await value<Row>(database, "explain_task", { "task_id": dead })).reasons[0].kind, "silent");
    assert.deepEqual(await recover(database), []);
    await rows(database, "heartbeat_worker", { "worker_id": "w2", claims: claims(held) });
    await advanceClock(database, 31);
    assert.deepEqual(await recover(database), [dead]);
    assert.match((await task(database, dead)).error, /w1 has not been heard of for 31 s/);
    assert.equal((await task(database, alive)).state, "claimed");
    assert.equal(await complete(database, held), "ok");
  });
});

Deno.test("a claim that was suspected while the clock was ahead is suspected anew", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    await claimOne(database);
    await ahead(database, () => recover(database));
    await advanceClock(database, 121);
    assert.deepEqual(await recover(database), []);
    await advanceClock(database, 31);
    assert.deepEqual(await recover(database), [id]);
  });
});

Deno.test("what was reserved while the clock was ahead is not kept from others", async () => {
  await withDatabase(async (database) => {
    for (let number = 0; number < 3; number++) await spawn(database);
    const reserved = await ahead(database, () =>
      rows(database, "claim_alike", {
        "worker_id": "w1",
        "queue_names": ["q"],
        limit: 3,
        "may_reserve": true,
      }));
    assert.ok(reserved[0].reservation_id);
    await recover(database);
    await recover(database);
    await advanceClock(database, 31);
    await recover(database);
    await advanceClock(database, 60);
    assert.equal((await claim(database, 3, { worker: "w2" })).length, 3);
  });
});

Deno.test("a task that was cancelled while the clock was ahead can be retried once a lease has passed", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    await ahead(database, async () => {
      await claimOne(database);
      await value(database, "cancel_task", { "task_id": id });
    });
    await recover(database);
    await advanceClock(database, 121);
    await recover(database);
    await rows(database, "retry_task", { "task_id": id });
    assert.equal((await claimOne(database)).id, id);
  });
});
