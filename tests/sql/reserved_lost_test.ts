import assert from "node:assert/strict";
import { race } from "../proofs/races/race.ts";
import { advanceClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import { rows, type Session, spawn, task } from "./queue.ts";
import { completeReserved, open, reservations, reserve, spawnMany } from "./reservations.ts";

const LEASE = { settings: { "lease_sec": 60, "heartbeat_sec": 20 } };

async function recover(session: Session): Promise<string[]> {
  return (await rows(session, "recover_claims")).map((row) => row.task_id);
}

Deno.test("recover_claims() claims what is reserved past its lease; a heartbeat later it is lost", async () => {
  await withDatabase(async (database) => {
    const [done, left] = await spawnMany(database, [0, 0]);
    const { id } = await reserve(database, 2, LEASE);
    await completeReserved(database, id, [[done, 0]]);
    await advanceClock(database, 59);
    assert.deepEqual(await recover(database), []);
    assert.deepEqual([(await task(database, left)).state, await open(database)], ["ready", [1]]);
    await advanceClock(database, 2);
    assert.deepEqual(await recover(database), [], "the first look only claims it");
    const { state, attempt, worker_id } = await task(database, left);
    assert.deepEqual([state, attempt, worker_id], ["claimed", 1, "w1"]);
    assert.deepEqual(await reservations(database), []);
    await advanceClock(database, 19);
    assert.deepEqual(await recover(database), [], "too soon after the first look");
    await advanceClock(database, 2);
    assert.deepEqual(await recover(database), [left]);
    const { status, failures, attempts } = await task(database, left);
    assert.deepEqual([status, failures, attempts.length, attempts[0].outcome], ["pending", 0, 1, "lost"]);
    assert.equal((await task(database, done)).attempts.length, 1);
  });
});

Deno.test("a task that was lost while it was reserved is not reserved again, but claimed", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    await reserve(database, 1, LEASE);
    await advanceClock(database, 61);
    await recover(database);
    await advanceClock(database, 21);
    await recover(database);
    await advanceClock(database, 3600);
    const asked = { "worker_id": "w2", "queue_names": ["q"], limit: 1, "may_reserve": true };
    const [row] = await rows(database, "claim_alike", asked);
    assert.deepEqual([row.task_ids, row.attempt, row.reservation_id], [[id], 2, null]);
  });
});

Deno.test("a completion that comes after its reservation was recovered counts", async () => {
  await withDatabase(async (database) => {
    const [one, other] = await spawnMany(database, [0, 0]);
    const { id } = await reserve(database, 2, LEASE);
    await advanceClock(database, 61);
    await recover(database);
    assert.deepEqual(await completeReserved(database, id, [[one, { n: 1 }]]), []);
    const { status, result, attempts } = await task(database, one);
    assert.deepEqual([status, result, attempts.length], ["completed", { n: 1 }, 1]);
    await advanceClock(database, 21);
    assert.deepEqual(await recover(database), [other]);
    assert.deepEqual(await completeReserved(database, id, [[other, 0]]), [[other, "stale"]]);
  });
});

Deno.test("recover_claims() waits for nobody who holds a reservation, or a task of one", async () => {
  await withDatabase(async (database) => {
    const [one, other, third] = await spawnMany(database, [0, 0, 0]);
    const { id } = await reserve(database, 2, LEASE);
    await reserve(database, 1, LEASE);
    await advanceClock(database, 61);
    const patience = "set lock_timeout = '5s'"; // or one that waits would do so for ever
    await race(database, async ({ first, second, commit }) => {
      await second.script(patience);
      await first.query("select from absurd.reservations where reservation_id = $1 for update", [id]);
      await recover(second);
      await commit();
    });
    assert.deepEqual((await reservations(database)).map((row) => row.task_ids), [[one, other]]);
    assert.equal((await task(database, third)).state, "claimed");
    await race(database, async ({ first, second, commit }) => {
      await second.script(patience);
      await first.query("select from absurd.tasks where task_id = $1 for no key update", [one]);
      await recover(second);
      await commit();
    });
    assert.deepEqual((await reservations(database)).map((row) => [row.task_ids, row.open]), [[[one], 1]]);
    assert.deepEqual([(await task(database, one)).state, (await task(database, other)).state], [
      "ready",
      "claimed",
    ]);
    await recover(database);
    assert.deepEqual([(await task(database, one)).state, await reservations(database)], ["claimed", []]);
  });
});
