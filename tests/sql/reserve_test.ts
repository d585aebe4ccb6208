import assert from "node:assert/strict";
import type { Database } from "../../lib/database.ts";
import { advanceClock, setClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import { claimOne, complete, fail, type Row, rows, spawn, spawnGraph, task, value } from "./queue.ts";
import {
  ask,
  type Asked,
  atOneTime,
  completeReserved,
  reservations,
  reserve,
  spawnMany,
} from "./reservations.ts";

Deno.test("claim_alike() reserves the best tasks: they stay ready, and one row keeps the settings", async () => {
  await withDatabase(async (database) => {
    await setClock(database, "2026-03-01T12:00:00Z");
    const [low, high, next] = await spawnMany(database, [-3, 9, 0, -3]);
    const defaults = { "max_retries": 1, "timeout_sec": 2.5, "backoff_base_sec": 3, "backoff_cap_sec": 4 };
    const settings = { "lease_sec": 60, "heartbeat_sec": 20, defaults };
    const { id, tasks, attempts } = await reserve(database, 3, { settings });
    assert.deepEqual([tasks, attempts], [[high, next, low], [1, 1, 1]]);
    for (const one of tasks) {
      const { state, attempt, worker_id } = await task(database, one);
      assert.deepEqual([state, attempt, worker_id], ["ready", 0, null]);
    }
    const [{ reserved_at, looked_at, ...row }] = await reservations(database);
    assert.deepEqual([reserved_at, looked_at], Array(2).fill(new Date("2026-03-01T12:00:00Z")));
    assert.deepEqual(row, {
      "reservation_id": id,
      "worker_id": "w1",
      "queue_name": "q",
      "task_ids": tasks,
      open: 3,
      "top_priority": 9,
      "low_priority": -3,
      "last_id": low,
      "is_moved": false,
      "parent_id": null,
      "dead_entries": "0",
      "lease_sec": 60,
      "heartbeat_sec": 20,
      ...defaults,
    });
  });
});

for (const priority of [0, -2147483648, 2147483647]) {
  Deno.test(`each reservation takes the next tasks, and none twice: priority ${priority}`, async () => {
    await atOneTime(async (database) => {
      const ids = await spawnMany(database, Array(5).fill(priority));
      assert.deepEqual((await reserve(database, 2)).tasks, ids.slice(0, 2));
      assert.deepEqual((await reserve(database, 2, { worker: "w2" })).tasks, ids.slice(2, 4));
      assert.deepEqual((await reserve(database, 2)).tasks, ids.slice(4));
      assert.deepEqual(await ask(database, 2), { id: null, tasks: [], attempts: [], told: {} });
    });
  });
}

Deno.test("a task of a higher priority is reserved next, though it was spawned later", async () => {
  await atOneTime(async (database) => {
    const [, second] = await spawnMany(database, [0, 0]);
    await reserve(database, 1);
    const [urgent] = await spawnMany(database, [5]);
    assert.deepEqual((await reserve(database, 1)).tasks, [urgent]);
    assert.deepEqual((await reserve(database, 1)).tasks, [second]);
  });
});

Deno.test("what became ready late is reserved after a second, or as soon as too little is found behind", async () => {
  await atOneTime(async (database) => {
    const ids = await spawnMany(database, Array(6).fill(0));
    const first = await reserve(database, 2);
    await reserve(database, 1);
    await rows(database, "release_reserved", { "reservation_id": first.id, "task_ids": first.tasks });
    assert.deepEqual((await reserve(database, 1)).tasks, [ids[3]]);
    await advanceClock(database, 0.9);
    assert.deepEqual((await reserve(database, 1)).tasks, [ids[4]]);
    await advanceClock(database, 0.1);
    assert.deepEqual((await reserve(database, 1)).tasks, [ids[0]]);
    assert.deepEqual((await reserve(database, 2)).tasks, [ids[1], ids[5]]);
  });
});

Deno.test("where a reservation found less than was asked for, ready tasks are notified from then on", async () => {
  await atOneTime(async (database) => {
    await spawnMany(database, [0, 0, 0]);
    const awaited = async () =>
      (await database.query("select from absurd.queues where awaited_until > absurd.clock() + '60 s'"))
        .length;
    await database.query("update absurd.queues set awaited_until = '-infinity'");
    await reserve(database, 2);
    assert.equal(await awaited(), 0);
    await reserve(database, 2);
    assert.equal(await awaited(), 1);
  });
});

/** What keeps tasks from being reserved, besides a plain one: what has to be there, and how is asked. */
const CLAIMED: Record<string, { prepare?: (database: Database) => Promise<unknown>; asked?: Asked }> = {
  "several queues are asked": { asked: { queues: ["q", "r"] } },
  "names are given": { asked: { names: ["work"] } },
  "a stage has settings": { asked: { settings: { stages: { other: { "max_retries": 1 } } } } },
  "a limit is set": {
    prepare: (database) => rows(database, "set_limit", { "max_claims": 9, "queue_name": "elsewhere" }),
  },
  "one has a key": { prepare: (database) => spawn(database, { key: "k" }) },
  "one has settings of its own": { prepare: (database) => spawn(database, { "timeout_sec": 7 }) },
  "one has had a parent and another has not": {
    async prepare(database) {
      const parent = await spawn(database);
      await spawn(database, { "depends_on": [parent] });
      await complete(database, await claimOne(database));
    },
  },
  "one has a sink": {
    async prepare(database) {
      await spawn(database);
      // Released, it keeps what the stage of its last claim has set.
      const held = await claimOne(database, { settings: { stages: { work: { "on_complete": "sink" } } } });
      await rows(database, "release_tasks", { outcomes: [{ "task_id": held.id, attempt: 1 }] });
    },
  },
  "one went back because it could not run now": {
    async prepare(database) {
      await spawn(database);
      await fail(database, await claimOne(database), { "not_now": true });
      await advanceClock(database, 3600);
    },
  },
};

for (const [what, { prepare, asked }] of Object.entries(CLAIMED)) {
  Deno.test(`claim_alike() claims and does not reserve where ${what}`, async () => {
    await withDatabase(async (database) => {
      await prepare?.(database);
      await spawn(database);
      const { id, tasks } = await ask(database, 9, asked);
      assert.equal(id, null);
      assert.equal(tasks.length, prepare && what.startsWith("one ") ? 2 : 1);
      for (const one of tasks) assert.equal((await task(database, one)).state, "claimed");
      assert.deepEqual(await reservations(database), []);
    });
  });
}

Deno.test("steps are reserved with what claims tell of them, and completing them goes on in their graphs", async () => {
  await atOneTime(async (database) => {
    const { workflow, tasks } = await spawnGraph(database, {
      first: [],
      left: ["first"],
      right: ["first"],
      last: ["left", "right"],
    });
    const known = await spawn(database);
    const outside = await spawn(database, { "depends_on": [known] }, { name: "outside" });
    const first = await reserve(database, 2);
    assert.deepEqual(first.told, { [tasks.first]: [workflow, "first", {}], [known]: [null, null, {}] });
    await completeReserved(database, first.id, [[tasks.first, 1], [known, 2]]);
    const second = await reserve(database, 3);
    assert.deepEqual(second.tasks, [tasks.left, tasks.right, outside]);
    assert.deepEqual(second.told, {
      [tasks.left]: [workflow, "left", { first: 1 }],
      [tasks.right]: [workflow, "right", { first: 1 }],
      [outside]: [null, null, { [known]: 2 }],
    });
    await completeReserved(database, second.id, [[tasks.left, 3], [tasks.right, 4]]);
    const third = await reserve(database, 1);
    assert.deepEqual(third.told, { [tasks.last]: [workflow, "last", { first: 1, left: 3, right: 4 }] });
    await completeReserved(database, third.id, [[tasks.last, null]]);
    const { status } = await value<Row>(database, "get_workflow", { "workflow_id": workflow });
    assert.equal(status, "completed");
  });
});

Deno.test("nothing of a paused queue is reserved", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    await rows(database, "pause_queue", { "queue_name": "q" });
    assert.deepEqual((await ask(database, 9)).tasks, []);
    await rows(database, "resume_queue", { "queue_name": "q" });
    assert.deepEqual((await reserve(database, 9)).tasks, [id]);
  });
});

Deno.test("a task whose time has come is reserved", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, { "delay_sec": 60 });
    assert.deepEqual((await ask(database, 1)).tasks, []);
    await advanceClock(database, 61);
    assert.deepEqual((await reserve(database, 1)).tasks, [id]);
  });
});
