/**
 * Races around children that are freed some at a time: with those who open them again, and with each other.
 *
 * @module
 */

import assert from "node:assert/strict";
import { advanceClock } from "../../support/clock.ts";
import { spawnFan } from "../../sql/fan.ts";
import { claim, claimOne, complete, rows, spawn, states, value } from "../../sql/queue.ts";
import { ask, completeReserved, reserve } from "../../sql/reservations.ts";
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
    name: "two completions of siblings take both edges off their common child",
    async play(database) {
      await spawnFan(database);
      const [a, b] = await claim(database, 2);
      await inOrder(database, (first) => complete(first, a), (second) => complete(second, b));
      assert.deepEqual(
        await database.query("select open_parents from absurd.tasks where step_name = 'last'"),
        [{ "open_parents": 4 }],
      );
    },
  },
  {
    pair: "reserve/free",
    name: "who frees passes by what is being reserved as it is",
    async play(database) {
      const { tasks: { a, b, c, f } } = await spawnFan(database);
      await race(database, async ({ first, second, commit }) => {
        assert.deepEqual((await reserve(first, 3)).tasks, [a, b, c]);
        await rows(second, "recover_claims");
        await commit();
      });
      // Of the rows that the reservation held nobody freed any.
      assert.deepEqual(await states(database, { a, c, f }), { a: "blocked", c: "blocked", f: "blocked" });
      await freeAll(database);
      assert.deepEqual(await states(database, { a, c, f }), { a: "blocked", c: "blocked", f: "ready" });
    },
  },
  {
    pair: "free/reserve",
    name: "a reservation passes by what is being freed, and takes it when it is ready",
    async play(database) {
      const { tasks: { a, b, c, d } } = await spawnFan(database);
      await race(database, async ({ first, second, commit }) => {
        await first.query("select absurd._free_some('{q}', 2, absurd.clock())");
        assert.deepEqual((await reserve(second, 2)).tasks, [c, d]);
        await commit();
      });
      assert.deepEqual((await reserve(database, 2)).tasks, [a, b]);
    },
  },
  {
    pair: "cancel/reserve",
    name: "who wants to reserve while a child is being cancelled claims others instead",
    async play(database) {
      const { tasks: { a, b } } = await spawnFan(database);
      await race(database, async ({ first, second, commit }) => {
        await value(first, "cancel_task", { "task_id": a });
        assert.equal((await ask(second, 2)).id, null);
        await commit();
      });
      await freeAll(database);
      assert.deepEqual(await states(database, { a, b }), { a: "cancelled", b: "ready" });
    },
  },
  {
    pair: "reserve/cancel",
    name: "a cancellation waits for a reservation, and its worker is told",
    async play(database) {
      const { tasks: { a, b } } = await spawnFan(database);
      const [{ id }] = await inOrder(
        database,
        (first) => reserve(first, 2),
        (second) => value(second, "cancel_task", { "task_id": a }),
      );
      assert.deepEqual(await states(database, { a, b }), { a: "cancelled", b: "blocked" });
      assert.deepEqual(await completeReserved(database, id, [[a, 1], [b, 2]]), [[a, "cancelled"]]);
    },
  },
  {
    pair: "complete/release",
    name: "what is given back beside a completion of the same reservation is freed once",
    async play(database) {
      const { tasks: { a, b, c } } = await spawnFan(database);
      const { id } = await reserve(database, 3);
      await inOrder(
        database,
        (first) => completeReserved(first, id, [[b, 1]]),
        (second) => rows(second, "release_reserved", { "reservation_id": id, "task_ids": [a, b, c] }),
      );
      await freeAll(database);
      assert.deepEqual(await states(database, { a, b, c }), { a: "ready", b: "completed", c: "ready" });
    },
  },
  {
    pair: "reserve/reserve",
    name: "a child that waits for another task, too, is not reserved before that has completed",
    async play(database) {
      const other = await spawn(database, {}, { queue: "other" });
      const { tasks: { a, b, c } } = await spawnFan(database, [other]);
      assert.deepEqual((await reserve(database, 2)).tasks, [b]);
      await complete(database, await claimOne(database, { queues: ["other"] }));
      await advanceClock(database, 2); // then it is looked for before what is reserved, too
      assert.deepEqual((await reserve(database, 2)).tasks, [a, c]);
    },
  },
  {
    pair: "retry/reserve",
    name: "a child that was opened again and waits for another task is not reserved with its siblings",
    async play(database) {
      const other = await spawn(database, {}, { queue: "other" });
      const { tasks: { a, b, c } } = await spawnFan(database, [other]);
      await rows(database, "cancel_tasks", { "task_ids": [a] });
      await rows(database, "retry_tasks", { "task_ids": [a] });
      assert.deepEqual((await reserve(database, 2)).tasks, [b, c]);
    },
  },
  {
    pair: "release/free",
    name: "of children that are reserved only those are freed that were given back",
    async play(database) {
      const { tasks: { a, b, c } } = await spawnFan(database);
      const { id } = await reserve(database, 3);
      await rows(database, "release_reserved", { "reservation_id": id, "task_ids": [a, c] });
      await freeAll(database);
      assert.deepEqual(await states(database, { a, b, c }), { a: "ready", b: "blocked", c: "ready" });
    },
  },
];
