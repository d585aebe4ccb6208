/**
 * Races around reservations: with claims, with each other, with what ends their tasks.
 *
 * @module
 */

import assert from "node:assert/strict";
import { advanceClock } from "../../support/clock.ts";
import {
  type Claim,
  claim,
  complete,
  refused,
  rows,
  type Session,
  spawn,
  task,
  value,
} from "../../sql/queue.ts";
import { ask, completeReserved, type Got, reserve, spawnMany } from "../../sql/reservations.ts";
import { inOrder, race, type RaceCase } from "./race.ts";

/** Completes first attempts; the outcomes that are not as they should be. */
async function outcomes(session: Session, { id, tasks }: Got): Promise<string[]> {
  return (await completeReserved(session, id!, tasks.map((one) => [one, 1]))).map(([, outcome]) => outcome);
}

async function spawnAndReserve(session: Session): Promise<Got> {
  await spawn(session);
  return await reserve(session, 1);
}

/** Locks a task, as verbs do. */
async function lock(session: Session, id: string): Promise<void> {
  await session.query("select from absurd.tasks where task_id = $1 for no key update", [id]);
}

const ids = (claims: readonly Claim[]) => claims.map(({ id }) => id);

/** The cases. */
export const RESERVATION_RACES: readonly RaceCase[] = [
  {
    pair: "claim/reserve",
    name: "who wants to reserve beside an open claim claims what is left",
    async play(database) {
      const spawned = [await spawn(database), await spawn(database), await spawn(database)];
      await race(database, async ({ first, second, commit }) => {
        const mine = await claim(first, 2, { worker: "w1" });
        assert.equal((await ask(second, 2, { worker: "w2" })).id, null);
        await commit();
        assert.deepEqual(ids(mine), spawned.slice(0, 2));
      });
      const { status, worker_id } = await task(database, spawned[2]);
      assert.deepEqual([status, worker_id], ["claimed", "w2"]);
    },
  },
  {
    pair: "reserve/claim",
    name: "a claim waits for a reservation, and gets what is left",
    async play(database) {
      const spawned = [await spawn(database), await spawn(database), await spawn(database)];
      const [reserved, claimed] = await inOrder(
        database,
        (first) => reserve(first, 2),
        (second) => claim(second, 2, { worker: "w2" }),
      );
      assert.deepEqual([reserved.tasks, ids(claimed)], [spawned.slice(0, 2), spawned.slice(2)]);
    },
  },
  {
    pair: "reserve/claim",
    name: "a claim by name waits for a reservation, and gets what is left",
    async play(database) {
      const spawned = [await spawn(database), await spawn(database), await spawn(database)];
      const { task_name: name } = await task(database, spawned[0]);
      const [reserved, claimed] = await inOrder(
        database,
        (first) => reserve(first, 2),
        (second) => claim(second, 2, { worker: "w2", names: [name] }),
      );
      assert.deepEqual([reserved.tasks, ids(claimed)], [spawned.slice(0, 2), spawned.slice(2)]);
    },
  },
  {
    pair: "reserve/reserve",
    name: "of two reservations the second takes what is behind the first",
    async play(database) {
      const spawned = [await spawn(database), await spawn(database), await spawn(database)];
      const [mine, yours] = await inOrder(
        database,
        (first) => reserve(first, 2),
        (second) => reserve(second, 2, { worker: "w2" }),
      );
      assert.deepEqual([mine.tasks, yours.tasks], [spawned.slice(0, 2), spawned.slice(2)]);
    },
  },
  {
    pair: "reserve/prioritize",
    name: "a change of priority waits for a reservation, and the next one still knows what is reserved",
    async play(database) {
      const spawned = [await spawn(database), await spawn(database), await spawn(database)];
      const [reserved] = await inOrder(
        database,
        (first) => reserve(first, 1),
        (second) => rows(second, "set_priority", { "task_id": spawned[0], priority: -1 }),
      );
      assert.deepEqual(reserved.tasks, [spawned[0]]);
      assert.deepEqual((await reserve(database, 3, { worker: "w2" })).tasks, spawned.slice(1));
    },
  },
  {
    pair: "prioritize/reserve",
    name: "who wants to reserve while priorities change claims instead",
    async play(database) {
      const spawned = [await spawn(database), await spawn(database)];
      await race(database, async ({ first, second, commit }) => {
        await rows(first, "set_priority", { "task_id": spawned[0], priority: 5 });
        assert.equal((await ask(second, 1)).id, null);
        await commit();
      });
      assert.equal((await task(database, spawned[1])).status, "claimed");
    },
  },
  {
    pair: "complete/complete",
    name:
      "who completes what is reserved with what it claimed meanwhile holds no child of the one before the other",
    async play(database) {
      await spawnMany(database, [0, 0]);
      const { id, tasks: [reserved, claimed] } = await reserve(database, 2);
      await rows(database, "claim_reserved", { "reservation_id": id, "task_ids": [claimed] });
      const child = await spawn(database, { "depends_on": [reserved, claimed] });
      await race(database, async ({ first, second, commit, blocked }) => {
        await lock(first, claimed);
        const both = completeReserved(second, id, [[reserved, 1], [claimed, 2]]);
        both.catch(() => {}); // asked below
        await blocked();
        assert.equal(await complete(first, { id: claimed, attempt: 1 }), "ok");
        await commit();
        assert.deepEqual(await both, [[claimed, "stale"]]);
      });
      assert.deepEqual(ids(await claim(database, 2)), [child]);
    },
  },
  {
    pair: "retry/forget",
    name: "who forgets reservations holds no task of one before those of another that come before it",
    async play(database) {
      const [low, high] = await spawnMany(database, [0, 5]);
      for (const expected of [high, low]) assert.deepEqual((await reserve(database, 1)).tasks, [expected]);
      await race(database, async ({ first, second, commit, blocked }) => {
        await lock(first, low);
        const forgotten = rows(second, "forget_reservations", { "worker_id": "w1", known: ["0"] });
        forgotten.catch(() => {}); // asked below
        await blocked();
        await lock(first, high);
        await commit();
        await forgotten;
      });
      assert.deepEqual(ids(await claim(database, 2)), [high, low]);
    },
  },
  {
    pair: "complete/recover",
    name: "a recovery passes by a reservation that completes",
    async play(database) {
      const reserved = await spawnAndReserve(database);
      await advanceClock(database, 121);
      await race(database, async ({ first, second, commit }) => {
        assert.deepEqual(await outcomes(first, reserved), []);
        await rows(second, "recover_claims");
        await commit();
      });
      const { status, attempts } = await task(database, reserved.tasks[0]);
      assert.deepEqual([status, attempts.length], ["completed", 1]);
    },
  },
  {
    pair: "recover/complete",
    name:
      "a completion that waits for the recovery of its reservation counts, as its task was claimed for it",
    async play(database) {
      const reserved = await spawnAndReserve(database);
      await advanceClock(database, 121);
      const [, told] = await inOrder(
        database,
        (first) => rows(first, "recover_claims"),
        (second) => outcomes(second, reserved),
      );
      const { status, failures } = await task(database, reserved.tasks[0]);
      assert.deepEqual([told, status, failures], [[], "completed", 0]);
    },
  },
  {
    pair: "cancel/complete",
    name: "a completion of what is reserved that waits for a cancellation is told so",
    async play(database) {
      const reserved = await spawnAndReserve(database);
      const [, told] = await inOrder(
        database,
        (first) => value(first, "cancel_task", { "task_id": reserved.tasks[0] }),
        (second) => outcomes(second, reserved),
      );
      const { status, result } = await task(database, reserved.tasks[0]);
      assert.deepEqual([told, status, result], [["cancelled"], "cancelled", null]);
    },
  },
  {
    pair: "reserve/cancel",
    name: "a cancellation waits for a reservation, and then ends what it claims for it",
    async play(database) {
      const id = await spawn(database);
      const [reserved, before] = await inOrder(
        database,
        (first) => reserve(first, 1),
        (second) => value(second, "cancel_task", { "task_id": id }),
      );
      assert.deepEqual([reserved.tasks, before], [[id], "claimed"]);
      assert.deepEqual(await outcomes(database, reserved), ["cancelled"]);
    },
  },
  {
    pair: "cancel/reserve",
    name: "who wants to reserve beside a cancellation claims what is left",
    async play(database) {
      const [gone, left] = [await spawn(database), await spawn(database)];
      await race(database, async ({ first, second, commit }) => {
        await value(first, "cancel_task", { "task_id": gone });
        assert.equal((await ask(second, 2)).id, null);
        await commit();
      });
      const { status, attempt } = await task(database, gone);
      assert.deepEqual([status, attempt, (await task(database, left)).status], ["cancelled", 0, "claimed"]);
    },
  },
  {
    pair: "complete/cancel",
    name: "a cancellation that waits for a completion of what was reserved is refused",
    async play(database) {
      const reserved = await spawnAndReserve(database);
      const [told] = await inOrder(
        database,
        (first) => outcomes(first, reserved),
        (second) =>
          refused(value(second, "cancel_task", { "task_id": reserved.tasks[0] }), "TQ004", /completed/),
      );
      assert.deepEqual([told, (await task(database, reserved.tasks[0])).status], [[], "completed"]);
    },
  },
  {
    pair: "forget/complete",
    name: "a completion that waits until its reservation is forgotten is stale",
    async play(database) {
      const reserved = await spawnAndReserve(database);
      const [, told] = await inOrder(
        database,
        (first) => first.call("forget_reservations", { "worker_id": "w1", known: [] }),
        (second) => outcomes(second, reserved),
      );
      assert.deepEqual([told, (await task(database, reserved.tasks[0])).status], [["stale"], "pending"]);
    },
  },
];
