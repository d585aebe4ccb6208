/**
 * Races around children that are freed some at a time: with those who open them again, and with each other.
 *
 * @module
 */

import assert from "node:assert/strict";
import { spawnFan } from "../../sql/fan.ts";
import { claim, complete, rows, states } from "../../sql/queue.ts";
import { freeAll } from "../support/freeing.ts";
import { inOrder, race, type RaceCase } from "./race.ts";

/** The cases. */
export const FREEING_RACES: readonly RaceCase[] = [
  {
    pair: "free/free",
    name: "two claims free and take different children",
    async play(database) {
      const { tasks } = await spawnFan(database);
      await race(database, async ({ first, second, commit }) => {
        const mine = await claim(first, 2);
        const yours = await claim(second, 2, { worker: "w2" });
        assert.deepEqual(
          [mine, yours].map((held) => held.map(({ id }) => id)),
          [[tasks.a, tasks.b], [tasks.c, tasks.d]],
        );
        await commit();
      });
      await freeAll(database);
    },
  },
  {
    pair: "retry/free",
    name: "a child that is being opened again is freed once",
    async play(database) {
      const { tasks } = await spawnFan(database);
      await rows(database, "cancel_tasks", { "task_ids": [tasks.a] });
      await race(database, async ({ first, second, commit }) => {
        await rows(first, "retry_tasks", { "task_ids": [tasks.a] });
        assert.deepEqual(await claim(second, 9), []);
        await commit();
      });
      await freeAll(database);
      const { a, b } = tasks;
      assert.deepEqual(await states(database, { a, b }), { a: "ready", b: "ready" });
    },
  },
  {
    pair: "free/retry",
    name: "a child that is opened again while its siblings are freed waits for them, and is free",
    async play(database) {
      const { tasks } = await spawnFan(database);
      await rows(database, "cancel_tasks", { "task_ids": [tasks.a] });
      const [held] = await inOrder(
        database,
        (first) => claim(first, 2),
        (second) => rows(second, "retry_tasks", { "task_ids": [tasks.a] }),
      );
      await freeAll(database);
      const { a, b, c } = tasks;
      assert.equal(held[0].id, b);
      assert.deepEqual(await states(database, { a, b, c }), { a: "ready", b: "claimed", c: "ready" });
    },
  },
  {
    pair: "free/cancel",
    name: "a child that is cancelled while its siblings are freed is not free",
    async play(database) {
      const { tasks } = await spawnFan(database);
      const [, told] = await inOrder(
        database,
        (first) => claim(first, 1),
        (second) => rows(second, "cancel_tasks", { "task_ids": [tasks.b, tasks.f] }),
      );
      await freeAll(database);
      assert.deepEqual(told.map(({ outcome }) => outcome), ["ok", "ok"]);
      const { b, c, f } = tasks;
      assert.deepEqual(await states(database, { b, c, f }), { b: "cancelled", c: "ready", f: "cancelled" });
    },
  },
  {
    pair: "complete/complete",
    name: "two completions of siblings free others each, and take both edges off their common child",
    async play(database) {
      const { tasks } = await spawnFan(database);
      const [a, b] = await claim(database, 2);
      await inOrder(database, (first) => complete(first, a), (second) => complete(second, b));
      const { c, f } = tasks;
      assert.deepEqual(await states(database, { c, f }), { c: "ready", f: "ready" });
      assert.deepEqual(
        await database.query("select open_parents from absurd.tasks where step_name = 'last'"),
        [
          { "open_parents": 4 },
        ],
      );
    },
  },
];
