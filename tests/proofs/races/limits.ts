/**
 * Races for the last place under a limit, and of retention with those who need what it is about to forget.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Database } from "../../../lib/database.ts";
import { advanceClock } from "../../support/clock.ts";
import {
  claim,
  claimOne,
  complete,
  refused,
  rows,
  spawn,
  spawnGraph,
  states,
  task,
  value,
} from "../../sql/queue.ts";
import { inOrder, race, type RaceCase } from "./race.ts";

async function forget(session: Parameters<typeof rows>[0]): Promise<number> {
  return (await rows(session, "prune", { "older_than_sec": 60 }))[0].tasks;
}

/** A task that completed long enough ago to be forgotten. */
async function oldTask(database: Database): Promise<string> {
  const id = await spawn(database);
  await complete(database, await claimOne(database), { n: 1 });
  await advanceClock(database, 100);
  return id;
}

/** The cases. */
export const LIMIT_RACES: readonly RaceCase[] = [
  {
    pair: "limit/limit",
    name: "of two claims for the last place under a limit the second waits, and gets nothing",
    async play(database) {
      await rows(database, "set_limit", { "max_claims": 1, "task_name": "work" });
      await spawn(database);
      await spawn(database);
      const [mine, yours] = await inOrder(
        database,
        (first) => claim(first, 2, { worker: "w1" }),
        (second) => claim(second, 2, { worker: "w2" }),
      );
      assert.deepEqual([mine.length, yours.length], [1, 0]);
      assert.equal((await claim(database, 1)).length, 0);
    },
  },
  {
    pair: "limit/complete",
    name: "a place that is given up while another claim waits for it is taken",
    async play(database) {
      await rows(database, "set_limit", { "max_claims": 1, "queue_name": "q" });
      await spawn(database);
      await spawn(database);
      const held = await claimOne(database);
      await race(database, async ({ first, second, commit }) => {
        assert.equal(await complete(first, held), "ok");
        assert.deepEqual(await claim(second, 1), [], "it is not free before it is committed");
        await commit();
        assert.equal((await claim(second, 1)).length, 1);
      });
    },
  },
  {
    pair: "limit/cancel",
    name: "a claim that is cancelled keeps its place until its processes are gone",
    async play(database) {
      await rows(database, "set_limit", { "max_claims": 1, "queue_name": "q" });
      const id = await spawn(database);
      await spawn(database);
      const { attempt } = await claimOne(database);
      await value(database, "cancel_task", { "task_id": id });
      assert.deepEqual(await claim(database, 1), []);
      await rows(database, "acknowledge_tasks", { outcomes: [{ "task_id": id, attempt }] });
      assert.equal((await claim(database, 1)).length, 1);
    },
  },
  {
    pair: "prune/complete",
    name: "what a child that completes just now depends on is forgotten only after that",
    async play(database) {
      const parent = await oldTask(database);
      const child = await spawn(database, { "depends_on": [parent] });
      const held = await claimOne(database);
      await race(database, async ({ first, second, commit }) => {
        assert.equal(await complete(first, held), "ok");
        assert.equal(await forget(second), 0);
        await commit();
      });
      assert.equal((await task(database, child)).status, "completed");
      assert.equal(await forget(database), 1);
    },
  },
  {
    pair: "complete/prune",
    name: "a late completion of what is being forgotten is stale",
    async play(database) {
      const id = await oldTask(database);
      await race(database, async ({ first, second, commit }) => {
        assert.equal(await forget(first), 1);
        assert.equal(await complete(second, { id, attempt: 1 }), "stale");
        await commit();
      });
    },
  },
  {
    pair: "prune/spawn on a parent",
    name: "a spawn that waits for its parent to be forgotten is refused",
    async play(database) {
      const parent = await oldTask(database);
      await inOrder(
        database,
        forget,
        (second) => refused(spawn(second, { "depends_on": [parent] }), "TQ001"),
      );
    },
  },
  {
    pair: "spawn on a parent/prune",
    name: "retention passes by a parent on which somebody is just now spawning",
    async play(database) {
      const parent = await oldTask(database);
      await race(database, async ({ first, second, commit }) => {
        const child = await spawn(first, { "depends_on": [parent] });
        assert.equal(await forget(second), 0);
        await commit();
        assert.equal(await forget(second), 0);
        assert.equal((await task(database, child)).state, "ready");
      });
    },
  },
  {
    pair: "prune/retry",
    name: "a workflow of which a step is being retried is not forgotten",
    async play(database) {
      const { tasks } = await spawnGraph(database, { a: [], b: ["a"] });
      await value(database, "cancel_task", { "task_id": tasks.a });
      await advanceClock(database, 100);
      await race(database, async ({ first, second, commit }) => {
        await value(first, "retry_task", { "task_id": tasks.a });
        assert.equal(await forget(second), 0);
        await commit();
      });
      assert.deepEqual(await states(database, tasks), { a: "ready", b: "blocked" });
    },
  },
];
