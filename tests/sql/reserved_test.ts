import assert from "node:assert/strict";
import { advanceClock, setClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import {
  type Claim,
  claim,
  claimOne,
  complete,
  refused,
  type Row,
  rows,
  type Session,
  spawn,
  task,
  value,
} from "./queue.ts";
import { completeReserved, open, reservations, reserve, spawnMany } from "./reservations.ts";

/** Reserves `count` new tasks, and returns them with the reservation. */
async function reserveNew(session: Session, count: number): Promise<{ id: string; tasks: string[] }> {
  await spawnMany(session, Array(count).fill(0));
  const { id, tasks } = await reserve(session, count);
  assert.equal(tasks.length, count);
  return { id, tasks };
}

async function claimReserved(session: Session, id: string, tasks: string[]): Promise<[string, number][]> {
  const found = await rows(session, "claim_reserved", { "reservation_id": id, "task_ids": tasks });
  return found.map((row) => [row.task_id, row.attempt]);
}

const release = (session: Session, id: string, tasks: string[]) =>
  rows(session, "release_reserved", { "reservation_id": id, "task_ids": tasks });

/** What is told of a task by events, the oldest first. */
async function told(session: Session, id: string): Promise<[string, Row | null][]> {
  const found = await session.query<Row>(
    "select status, detail from absurd.event_batches where task_id = $1 or $1 = any (task_ids) order by event_id",
    [id],
  );
  return found.map(({ status, detail }) => [status, detail]);
}

Deno.test("complete_reserved() keeps results and history, and forgets the reservation with its last task", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const { id, tasks } = await reserveNew(database, 3);
    await advanceClock(database, 1);
    assert.deepEqual(await completeReserved(database, id, [[tasks[1], { n: 1 }], [tasks[0], { n: 0 }]]), []);
    assert.deepEqual(await open(database), [1]);
    assert.deepEqual(await completeReserved(database, id, [[tasks[2], { n: 2 }]]), []);
    assert.deepEqual(await reservations(database), []);
    for (const [n, one] of tasks.entries()) {
      const { status, attempt, worker_id, result, max_retries, attempts } = await task(database, one);
      assert.deepEqual([status, attempt, worker_id, result, max_retries], ["completed", 1, "w1", { n }, 3]);
      const [{ outcome, duration_ms, claimed_at, finished_at }] = attempts;
      assert.deepEqual([attempts.length, outcome, duration_ms], [1, "completed", [1, 0, 0][n]]);
      assert.deepEqual([claimed_at, finished_at], ["2026-03-01T12:00:00+00:00", "2026-03-01T12:00:01+00:00"]);
      assert.deepEqual((await told(database, one)).map(([status]) => status), [
        "pending",
        "claimed",
        "completed",
      ]);
      assert.equal((await told(database, one))[1][1]?.worker_id, "w1");
    }
    const [{ ready, claimed, completed }] = await rows(database, "get_queue_stats", { "queue_name": "q" });
    assert.deepEqual([ready, claimed, completed], [0, 0, 3]);
  });
});

Deno.test("complete_reserved() counts a task that is named twice once; told again it is stale", async () => {
  await withDatabase(async (database) => {
    const { id, tasks: [one, other] } = await reserveNew(database, 2);
    const twice = [[one, "first"], [one, "second"]] as const;
    assert.deepEqual(await completeReserved(database, id, twice), []);
    assert.deepEqual(await open(database), [1]);
    assert.deepEqual(await completeReserved(database, id, [[one, "third"]]), [[one, "stale"]]);
    const { result, attempts } = await task(database, one);
    assert.deepEqual([result, attempts.length], ["first", 1]);
    assert.deepEqual(await open(database), [1]);
    assert.deepEqual(await completeReserved(database, id, [[other, 0]]), []);
    assert.deepEqual(await completeReserved(database, id, [[other, 1]]), [[other, "stale"]]);
  });
});

Deno.test("complete_reserved() does not complete another attempt, and gives its task back", async () => {
  await withDatabase(async (database) => {
    const { id, tasks: [one, other] } = await reserveNew(database, 2);
    assert.deepEqual(await completeReserved(database, id, [[one, 0, 2], [other, 0]]), [[one, "stale"]]);
    assert.deepEqual([(await task(database, one)).status, (await task(database, other)).status], [
      "pending",
      "completed",
    ]);
    assert.equal((await claimOne(database)).id, one);
  });
});

Deno.test("complete_reserved() fails the attempt whose result is too large, and completes the others", async () => {
  await withDatabase(async (database) => {
    const { id, tasks: [good, large, left] } = await reserveNew(database, 3);
    const ends = [[good, {}], [large, "x".repeat(1_100_000)]] as const;
    assert.deepEqual(await completeReserved(database, id, ends), [[large, "too_large"]]);
    assert.equal((await task(database, good)).status, "completed");
    const { status, failures, error } = await task(database, large);
    assert.deepEqual([status, failures], ["pending", 1]);
    assert.match(error, /result has \d+ bytes/);
    assert.deepEqual((await reservations(database)).map((row) => row.task_ids), [[left]]);
  });
});

Deno.test("complete_reserved() lets go what was spawned behind a reserved task", async () => {
  await withDatabase(async (database) => {
    const { id, tasks: [parent] } = await reserveNew(database, 1);
    const child = await spawn(database, { "depends_on": [parent] });
    assert.deepEqual(await completeReserved(database, id, [[parent, { n: 1 }]]), []);
    assert.equal((await claimOne(database)).id, child);
  });
});

Deno.test("complete_reserved() refuses arrays of different lengths, and changes nothing", async () => {
  await withDatabase(async (database) => {
    const { id, tasks } = await reserveNew(database, 1);
    const call = "select absurd.complete_reserved($1, $2, '{1,1}', '{null}', '{null}')";
    await refused(database.query(call, [id, tasks]), "22023", /have 1, 2, 1 and 1/);
    assert.deepEqual(await open(database), [1]);
  });
});

Deno.test("a reserved task that is cancelled is claimed before, as it may run: its worker is told", async () => {
  await withDatabase(async (database) => {
    const { id, tasks: [first, second, third] } = await reserveNew(database, 3);
    assert.equal(await value(database, "cancel_task", { "task_id": first }), "claimed");
    await rows(database, "cancel_tasks", { "task_ids": [second] });
    assert.deepEqual((await reservations(database)).map((row) => [row.task_ids, row.open]), [[[third], 1]]);
    assert.deepEqual(await claimReserved(database, id, [second]), []);
    assert.deepEqual(await completeReserved(database, id, [[first, 0], [third, 0]]), [[first, "cancelled"]]);
    for (const one of [first, second]) {
      const { status, attempt, attempts } = await task(database, one);
      assert.deepEqual([status, attempt, attempts.map(({ outcome }: Row) => outcome)], ["cancelled", 1, [
        "cancelled",
      ]]);
    }
    assert.deepEqual(await reservations(database), []);
  });
});

Deno.test("a task that was cancelled while it was reserved, and retried, has another attempt", async () => {
  await withDatabase(async (database) => {
    const { id, tasks } = await reserveNew(database, 2);
    for (const one of tasks) {
      await value(database, "cancel_task", { "task_id": one });
      assert.equal(await value(database, "retry_task", { "task_id": one }), "scheduled");
    }
    assert.deepEqual(await claimReserved(database, id, [tasks[0]]), []);
    assert.deepEqual(await completeReserved(database, id, [[tasks[1], 0]]), [[tasks[1], "stale"]]);
    await advanceClock(database, 121);
    assert.deepEqual(
      (await claim(database, 9)).map(({ id, attempt }) => [id, attempt]),
      tasks.map((one) => [one, 2]),
    );
  });
});

Deno.test("what is reserved can be completed though the clock was set back before it was reserved", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    await spawn(database);
    await advanceClock(database, -1);
    const { id, tasks: [one] } = await reserve(database, 1);
    assert.deepEqual(await completeReserved(database, id, [[one, 0]]), []);
  });
});

Deno.test("claim_reserved() makes claims of what is still held, with the settings of the reservation", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const defaults = { "max_retries": 1, "timeout_sec": 2.5, "backoff_base_sec": 3, "backoff_cap_sec": 4 };
    const [one, other] = await spawnMany(database, [0, 0]);
    const { id } = await reserve(database, 2, {
      settings: { "lease_sec": 60, "heartbeat_sec": 20, defaults },
    });
    await advanceClock(database, 1);
    assert.deepEqual(await claimReserved(database, id, [one]), [[one, 1]]);
    const [row] = await database.query<Row>("select * from absurd.tasks where task_id = $1", [one]);
    for (const [name, setting] of Object.entries({ "lease_sec": 60, "heartbeat_sec": 20, ...defaults })) {
      assert.equal(row[name], setting, name);
    }
    const { state, attempt, worker_id, claimed_at, heartbeat_at } = await task(database, one);
    assert.deepEqual([state, attempt, worker_id], ["claimed", 1, "w1"]);
    assert.deepEqual([claimed_at, heartbeat_at], ["2026-03-01T12:00:00+00:00", "2026-03-01T12:00:01+00:00"]);
    assert.equal((await told(database, one)).at(-1)?.[0], "claimed");
    assert.deepEqual((await reservations(database)).map((row) => [row.task_ids, row.open]), [[[other], 1]]);
    assert.deepEqual(await claimReserved(database, id, [one]), [], "it is a claim already");
    assert.equal(await complete(database, { id: one, attempt: 1 }), "ok");
    assert.deepEqual(await claimReserved(database, id, [other]), [[other, 1]]);
    assert.deepEqual(await reservations(database), []);
    assert.deepEqual(await claimReserved(database, id, [other]), [], "nothing is known of the reservation");
  });
});

Deno.test("release_reserved() gives tasks back at once, as if nobody had had them", async () => {
  await withDatabase(async (database) => {
    const { id, tasks: [kept, ...given] } = await reserveNew(database, 3);
    await release(database, id, given);
    assert.deepEqual(await open(database), [1]);
    const held = await claim(database, 9, { worker: "w2" });
    assert.deepEqual(held.map(({ id, attempt }) => [id, attempt]), given.map((one) => [one, 1]));
    assert.deepEqual((await task(database, given[0])).attempts, []);
    await release(database, id, [kept, ...given]);
    assert.deepEqual(await reservations(database), []);
    await release(database, id, [kept]);
    assert.equal((await claimOne(database)).id, kept);
  });
});

Deno.test("a reservation completes and claims only the tasks that it names", async () => {
  await withDatabase(async (database) => {
    const { id, tasks: [kept, given] } = await reserveNew(database, 2);
    const never = await spawn(database);
    await release(database, id, [given]);
    assert.deepEqual(await completeReserved(database, id, [[given, 0], [never, 0]]), [
      [given, "stale"],
      [never, "stale"],
    ]);
    assert.deepEqual(await claimReserved(database, id, [given, never]), []);
    assert.deepEqual((await reservations(database)).map((row) => row.task_ids), [[kept]]);
    assert.deepEqual((await claim(database, 9)).map((held) => held.id), [given, never]);
  });
});

Deno.test("forget_reservations() gives back what a worker does not know of, and nothing of others", async () => {
  await withDatabase(async (database) => {
    const [known, , ...lost] = await spawnMany(database, [0, 0, 0, 0]);
    const mine = await reserve(database, 1);
    const { id: other } = await reserve(database, 1, { worker: "w2" });
    for (let count = 0; count < 2; count++) await reserve(database, 1);
    await rows(database, "forget_reservations", { "worker_id": "w1", known: [mine.id] });
    assert.deepEqual((await reservations(database)).map((row) => row.reservation_id), [mine.id, other]);
    // What the worker tells of them all the same is of an attempt that is over.
    const ids = (claims: Claim[]) => claims.map(({ id, attempt }) => [id, attempt]);
    assert.deepEqual(ids(await claim(database, 9)), lost.map((one) => [one, 2]));
    assert.deepEqual((await task(database, lost[0])).attempts.map(({ outcome }: Row) => outcome), [
      "released",
    ]);
    await database.query("select absurd.forget_reservations('w1', '{}')");
    assert.deepEqual(ids(await claim(database, 9)), [[known, 2]]);
  });
});
