import assert from "node:assert/strict";
import type { Database } from "../../lib/database.ts";
import { race } from "../proofs/races/race.ts";
import { withDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { claim, pidOf, refused, rows, type Session, spawn, spawnGraph, value } from "./queue.ts";
import { ask, atOneTime, completeReserved, open, reserve, spawnMany } from "./reservations.ts";

/** Claims that must leave out what is reserved, each by a query of its own: what has to be there, and how is asked. */
const CLAIMS: Record<string, Claims> = {
  "of one queue": {},
  "by claim_alike()": { act: alike },
  "of names": { names: ["work"] },
  "of several queues": { queues: ["q", "r"] },
  "of names of several queues": { queues: ["q", "r"], names: ["work", "other"] },
  "under the limit of a queue": { queues: ["q", "r"], prepare: limit({ "queue_name": "q" }) },
  "under the limit of a name": { queues: ["q", "r"], prepare: limit({ "task_name": "work" }) },
  "behind a hint": { prepare: hint("") },
  "of a name, behind a hint": { names: ["work"], prepare: hint("work") },
};

interface Claims {
  readonly queues?: string[];
  readonly names?: string[];
  readonly prepare?: (database: Database) => Promise<unknown>;
  readonly act?: (database: Database, count: number) => Promise<string[]>;
}

async function alike(database: Database, limit: number): Promise<string[]> {
  const asked = { "worker_id": "w2", "queue_names": ["q"], limit };
  return (await rows(database, "claim_alike", asked)).flatMap((row) => row.task_ids);
}

function limit(of: Record<string, string>): (database: Database) => Promise<unknown> {
  return (database) => rows(database, "set_limit", { "max_claims": 50, ...of });
}

/** A hint that all ready tasks are behind, above its priority or at it. */
function hint(name: string): (database: Database) => Promise<unknown> {
  return (database) =>
    database.query(
      `insert into absurd.claim_hints (queue_name, task_name, priorities, task_ids, looked_at, dead_entries)
        values ('q', $1, '{0}', '{00000000-0000-0000-0000-000000000000}', absurd.clock(), 1e9)`,
      [name],
    );
}

for (const [what, { queues = ["q"], names, prepare, act }] of Object.entries(CLAIMS)) {
  Deno.test(`claims leave out what is reserved: ${what}`, async () => {
    await atOneTime(async (database) => {
      const taken = await spawnMany(database, [9, 9, 0]);
      assert.deepEqual((await reserve(database, 3)).tasks, taken);
      const free = await spawnMany(database, [9, 0]);
      if (queues.includes("r")) free.splice(1, 0, await spawn(database, { priority: 5 }, { queue: "r" }));
      await prepare?.(database);
      const take = act ??
        (async (_: Database, count: number) =>
          (await claim(database, count, { worker: "w2", queues, names })).map(({ id }) => id));
      // One by one, because what is reserved must not count as the best of its queue either.
      for (const id of free) assert.deepEqual(await take(database, 1), [id]);
      assert.deepEqual(await take(database, 9), []);
    });
  });
}

const change = (session: Session, priority: number, ids: string[]) =>
  ids.length === 1
    ? rows(session, "set_priority", { "task_id": ids[0], priority })
    : rows(session, "prioritize_tasks", { "task_ids": ids, priority });

for (const priority of [5, -5]) {
  for (const count of [1, 2]) {
    Deno.test(`what is reserved stays so when ${count} of it moves to priority ${priority}`, async () => {
      await atOneTime(async (database) => {
        const ids = await spawnMany(database, Array(5).fill(0));
        await reserve(database, 2);
        await change(database, priority, ids.slice(0, count));
        assert.deepEqual((await reserve(database, 1)).tasks, [ids[2]]);
        assert.deepEqual((await reserve(database, 3)).tasks, ids.slice(3));
        const late = await spawn(database);
        assert.deepEqual((await claim(database, 9)).map(({ id }) => id), [late]);
      });
    });
  }
}

Deno.test("claims find what is left beside very many that are reserved", async () => {
  await withDatabase(async (database) => {
    await rows(database, "spawn_alike", {
      task: { "queue_name": "q", "task_name": "work" },
      params: Array.from({ length: 300 }, () => ({})),
    });
    const { tasks } = await reserve(database, 299);
    assert.equal((await claim(database, 9, { worker: "w2" })).length, 1);
    assert.deepEqual(await claim(database, 9, { worker: "w2" }), []);
    assert.deepEqual((await ask(database, 9)).tasks, []);
    const late = await spawn(database, { priority: 9 });
    assert.deepEqual((await ask(database, 9)).tasks, [late]);
    const cancelled = await rows(database, "cancel_tasks", { "task_ids": tasks });
    assert.equal(cancelled.filter(({ outcome }) => outcome === "ok").length, 299);
  });
});

Deno.test("steps that are reserved are claimed before their workflow is cancelled", async () => {
  await withDatabase(async (database) => {
    const { workflow, tasks } = await spawnGraph(database, { one: [], two: [], last: ["one", "two"] });
    const { id } = await reserve(database, 2);
    assert.equal(await value(database, "cancel_workflow", { "workflow_id": workflow }), 3);
    assert.deepEqual(await completeReserved(database, id, [[tasks.one, 0], [tasks.two, 0]]), [
      [tasks.one, "cancelled"],
      [tasks.two, "cancelled"],
    ]);
    assert.deepEqual(await open(database), []);
  });
});

Deno.test("who has waited long for a turn to reserve claims as soon as it can", async () => {
  await withDatabase(async (database) => {
    const [first, second] = await spawnMany(database, [0, 0]);
    await race(database, async ({ first: busy, second: other, commit }) => {
      assert.deepEqual((await reserve(busy, 1)).tasks, [first]);
      const pid = await pidOf(other);
      const asking = ask(other, 2);
      asking.catch(() => {}); // until it is looked at
      // Claims share the lock of the queue, and the turn to reserve is one's own.
      const waits = "select from pg_locks where pid = $1 and not granted and mode = 'ShareLock'";
      await eventually(async () => (await database.query(waits, [pid])).length === 1);
      await commit();
      const { id, tasks, attempts } = await asking;
      assert.deepEqual([id, tasks, attempts], [null, [second], [1]]);
    });
  });
});

Deno.test("calls that reserve, or change what is reserved, are refused outside READ COMMITTED", async () => {
  await withDatabase(async (database) => {
    await spawnMany(database, [0, 0]);
    const { id, tasks } = await reserve(database, 1);
    const named = { "reservation_id": id, "task_ids": tasks };
    const end = { attempts: ["1"], results: ["{}"], reports: ["{}"] };
    const calls: Record<string, (session: Session) => Promise<unknown>> = {
      "claim_alike": (session) => ask(session, 1),
      "complete_reserved": (session) => rows(session, "complete_reserved", { ...named, ...end }),
      "claim_reserved": (session) => rows(session, "claim_reserved", named),
      "release_reserved": (session) => rows(session, "release_reserved", named),
      "set_priority": (session) => change(session, 5, tasks),
      "prioritize_tasks": (session) => change(session, 5, [...tasks, ...tasks]),
      "forget_reservations": (session) =>
        rows(session, "forget_reservations", { "worker_id": "w1", known: ["0"] }),
    };
    const allowed: string[] = [];
    for (const [name, call] of Object.entries(calls)) {
      await database.session(async (session) => {
        await session.script("begin isolation level repeatable read");
        await refused(call(session), "25001").catch(() => allowed.push(name));
        await session.script("rollback");
      });
    }
    assert.deepEqual(allowed, []);
  });
});
