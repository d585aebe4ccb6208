/**
 * Races around claims: with other claims, with pausing, with recovery, with what ends them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { advanceClock } from "../../support/clock.ts";
import {
  claim,
  claimOne,
  complete,
  fail,
  failForGood,
  refused,
  rows,
  spawn,
  task,
  value,
} from "../../sql/queue.ts";
import { inOrder, race, type RaceCase } from "./race.ts";

/** A claim whose worker has been silent for so long that the next look recovers it. */
async function silentClaim(database: Parameters<RaceCase["play"]>[0]) {
  const id = await spawn(database);
  const held = await claimOne(database);
  await advanceClock(database, 121);
  await rows(database, "recover_claims");
  await advanceClock(database, 31);
  return { id, held };
}

/** The cases. */
export const CLAIM_RACES: readonly RaceCase[] = [
  {
    pair: "claim/claim",
    name: "two workers never get the same task, and neither waits",
    async play(database) {
      const ids = [await spawn(database), await spawn(database), await spawn(database)];
      await race(database, async ({ first, second, commit }) => {
        const mine = await claim(first, 2, { worker: "w1" });
        const yours = await claim(second, 2, { worker: "w2" });
        await commit();
        assert.deepEqual([...mine, ...yours].map(({ id }) => id), ids);
      });
    },
  },
  {
    pair: "claim/claim",
    name: "two workers that promote the same due task get it once",
    async play(database) {
      await spawn(database, { "delay_sec": 5 });
      await advanceClock(database, 6);
      await race(database, async ({ first, second, commit }) => {
        assert.equal((await claim(first, 2, { worker: "w1" })).length, 1);
        assert.equal((await claim(second, 2, { worker: "w2" })).length, 0);
        await commit();
      });
    },
  },
  {
    pair: "complete/complete",
    name: "of two completions of one claim the first counts",
    async play(database) {
      await spawn(database);
      const held = await claimOne(database);
      const answers = await inOrder(
        database,
        (first) => complete(first, held, { n: 1 }),
        (second) => complete(second, held, { n: 2 }),
      );
      assert.deepEqual(answers, ["ok", "stale"]);
      assert.deepEqual((await task(database, held.id)).result, { n: 1 });
    },
  },
  {
    pair: "complete/recover",
    name: "a completion that waits for the recovery of its claim is stale",
    async play(database) {
      const { id, held } = await silentClaim(database);
      const [lost, outcome] = await inOrder(
        database,
        (first) => rows(first, "recover_claims"),
        (second) => complete(second, held, { late: true }),
      );
      assert.deepEqual([lost.length, outcome], [1, "stale"]);
      const { status, result } = await task(database, id);
      assert.deepEqual([status, result], ["pending", null]);
    },
  },
  {
    pair: "complete/recover",
    name: "a recovery that waits for the completion of a claim leaves it alone",
    async play(database) {
      const { id, held } = await silentClaim(database);
      const answers = await inOrder(
        database,
        (first) => complete(first, held, { n: 1 }),
        (second) => rows(second, "recover_claims"),
      );
      assert.deepEqual(answers, ["ok", []]);
      const { status, attempts } = await task(database, id);
      assert.deepEqual([status, attempts.length], ["completed", 1]);
    },
  },
  {
    pair: "beat/recover",
    name: "a recovery that waits for a beat leaves the claim alone",
    async play(database) {
      const { id, held } = await silentClaim(database);
      const claims = [{ "task_id": held.id, attempt: held.attempt }];
      const [told, lost] = await inOrder(
        database,
        (first) => rows(first, "heartbeat_worker", { "worker_id": "w1", claims }),
        (second) => rows(second, "recover_claims"),
      );
      assert.deepEqual([told, lost], [[], []]);
      assert.equal((await task(database, id)).status, "claimed");
    },
  },
  {
    pair: "recover/recover",
    name: "two recoveries lose a claim once",
    async play(database) {
      const { id } = await silentClaim(database);
      const [mine, yours] = await inOrder(
        database,
        (first) => rows(first, "recover_claims"),
        (second) => rows(second, "recover_claims"),
      );
      assert.deepEqual([mine.length, yours.length], [1, 0]);
      assert.equal((await task(database, id)).failures, 1);
    },
  },
  {
    pair: "cancel/complete",
    name: "a completion that waits for a cancellation is told so",
    async play(database) {
      const id = await spawn(database);
      const held = await claimOne(database);
      const answers = await inOrder(
        database,
        (first) => value(first, "cancel_task", { "task_id": id }),
        (second) => complete(second, held, { n: 1 }),
      );
      assert.deepEqual(answers, ["claimed", "cancelled"]);
      const { status, result } = await task(database, id);
      assert.deepEqual([status, result], ["cancelled", null]);
    },
  },
  {
    pair: "cancel/complete",
    name: "a cancellation that waits for a completion is refused",
    async play(database) {
      const id = await spawn(database);
      const held = await claimOne(database);
      await inOrder(
        database,
        (first) => complete(first, held, { n: 1 }),
        (second) => refused(value(second, "cancel_task", { "task_id": id }), "TQ004", /completed/),
      );
      assert.deepEqual((await task(database, id)).result, { n: 1 });
    },
  },
  {
    pair: "cancel/claim",
    name: "a claim passes by a task that is being cancelled",
    async play(database) {
      const id = await spawn(database);
      await race(database, async ({ first, second, commit }) => {
        await value(first, "cancel_task", { "task_id": id });
        assert.deepEqual(await claim(second, 1), []);
        await commit();
        assert.deepEqual(await claim(second, 1), []);
      });
    },
  },
  {
    pair: "fail/cancel",
    name: "a failure that waits for a cancellation changes nothing",
    async play(database) {
      const id = await spawn(database);
      const held = await claimOne(database);
      const [, answer] = await inOrder(
        database,
        (first) => value(first, "cancel_task", { "task_id": id }),
        (second) => fail(second, held),
      );
      assert.equal(answer.outcome, "cancelled");
      const { status, failures } = await task(database, id);
      assert.deepEqual([status, failures], ["cancelled", 0]);
    },
  },
  {
    pair: "pause/claim",
    name: "a claim in flight while its queue is paused may succeed, the next may not",
    async play(database) {
      await spawn(database);
      await spawn(database);
      await race(database, async ({ first, second, commit }) => {
        await rows(first, "pause_queue", { "queue_name": "q" });
        assert.equal((await claim(second, 1)).length, 1);
        await commit();
        assert.deepEqual(await claim(second, 1), []);
        await rows(second, "resume_queue", { "queue_name": "q" });
        assert.equal((await claim(second, 1)).length, 1);
      });
    },
  },
  {
    pair: "beat/cancel",
    name: "a beat never waits for who is ending the claim",
    async play(database) {
      const id = await spawn(database);
      const { attempt } = await claimOne(database);
      const claims = [{ "task_id": id, attempt }];
      await race(database, async ({ first, second, commit }) => {
        await value(first, "cancel_task", { "task_id": id });
        assert.deepEqual(await rows(second, "heartbeat_worker", { "worker_id": "w1", claims }), []);
        await commit();
        const [told] = await rows(second, "heartbeat_worker", { "worker_id": "w1", claims });
        assert.equal(told.verdict, "cancelled");
      });
    },
  },
  {
    pair: "release/complete",
    name: "an attempt that was given back is stale, also while a later one runs",
    async play(database) {
      await spawn(database);
      const held = await claimOne(database);
      await rows(database, "release_tasks", { outcomes: [{ "task_id": held.id, attempt: held.attempt }] });
      const later = await claimOne(database);
      assert.equal(later.id, held.id);
      assert.equal(await complete(database, held, { late: true }), "stale");
      assert.equal(await complete(database, later), "ok");
    },
  },
  {
    pair: "replay/complete",
    name: "an attempt from before a replay stays stale, and waits for nobody to be told so",
    async play(database) {
      const id = await spawn(database);
      const held = await claimOne(database);
      await failForGood(database, held);
      await race(database, async ({ first, second, commit }) => {
        assert.equal((await rows(first, "replay_dead_letters", { filter: { "task_ids": [id] } })).length, 1);
        assert.equal(await complete(second, held, { late: true }), "stale");
        await commit();
      });
      assert.equal((await claimOne(database)).attempt, 2);
    },
  },
];
