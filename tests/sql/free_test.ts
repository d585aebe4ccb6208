import assert from "node:assert/strict";
import type { Database } from "../../lib/database.ts";
import { withDatabase } from "../support/database.ts";
import { freeAtOnce } from "../proofs/support/freeing.ts";
import { type Fan, spawnFan, spawnFans } from "./fan.ts";
import {
  claim,
  claimOne,
  complete,
  drain,
  type Row,
  rows,
  spawn,
  spawnGraph,
  states,
  task,
  value,
} from "./queue.ts";

/** Runs `test` beside a workflow whose first step has very many children, and has completed. */
async function withFan(test: (database: Database, fan: Fan) => Promise<void>): Promise<void> {
  await withDatabase(async (database) => await test(database, await spawnFan(database)));
}

/** How many tasks of the queue are ready, blocked and claimed. */
async function counts(database: Database): Promise<number[]> {
  const [{ ready, blocked, claimed }] = await rows(database, "get_queue_stats", { "queue_name": "q" });
  return [ready, blocked, claimed];
}

const workflowStatus = async (database: Database, id: string) =>
  (await value<Row>(database, "get_workflow", { "workflow_id": id })).status;

Deno.test("the children of a task that has very many are freed some at a time, by each who claims", async () => {
  await withFan(async (database, { workflow, tasks }) => {
    assert.deepEqual(await counts(database), [0, 7, 0]);
    const [first, ...none] = await claim(database, 1);
    assert.deepEqual([first.id, none, await counts(database)], [tasks.a, [], [1, 5, 1]]);
    await complete(database, first);
    assert.deepEqual(await counts(database), [1, 5, 0]);
    assert.deepEqual((await claim(database, 1)).map(({ id }) => id), [tasks.b]);
    assert.deepEqual(await counts(database), [2, 3, 1]);
    assert.deepEqual((await claim(database, 9)).map(({ id }) => id), [
      tasks.c,
      tasks.d,
      tasks.e,
      tasks.f,
    ]);
    assert.deepEqual(await database.query("select * from absurd.freeing"), []);
    assert.equal(await workflowStatus(database, workflow), "running");
  });
});

Deno.test("a claim frees about as many as it takes, and goes on where the last has stopped", async () => {
  await withDatabase(async (database) => {
    await freeAtOnce(database, 150);
    const wide = Array.from({ length: 400 }, (_, index) => `s${index}`);
    await spawnGraph(database, { first: [], ...Object.fromEntries(wide.map((name) => [name, ["first"]])) });
    await complete(database, await claimOne(database));
    for (const [limit, ready, blocked] of [[10, 90, 300], [120, 90, 180], [60, 130, 80], [100, 110, 0]]) {
      assert.equal((await claim(database, limit)).length, limit);
      assert.deepEqual((await counts(database)).slice(0, 2), [ready, blocked], `after ${limit}`);
    }
  });
});

Deno.test("a workflow with very many steps behind one runs to its end", async () => {
  await withFan(async (database, { workflow }) => {
    assert.deepEqual(await drain(database), ["a", "b", "c", "d", "e", "f", "last"]);
    assert.equal(await workflowStatus(database, workflow), "completed");
    assert.deepEqual(await counts(database), [0, 0, 0]);
  });
});

Deno.test("what nobody claims is freed by recovery", async () => {
  await withFan(async (database) => {
    await rows(database, "recover_claims");
    assert.deepEqual(await counts(database), [6, 1, 0]);
  });
});

Deno.test("a claim of another queue frees some, too, though it finds nothing for itself", async () => {
  await withFan(async (database) => {
    await rows(database, "spawn_task", { "queue_name": "other", "task_name": "work" });
    assert.equal((await claim(database, 9, { queues: ["other"] })).length, 1);
    assert.deepEqual(await counts(database), [2, 5, 0]);
  });
});

Deno.test("steps that are cancelled before they are freed stay so, and retried they are free", async () => {
  await withFan(async (database, { workflow, tasks: { first, last, ...middle } }) => {
    await rows(database, "cancel_tasks", { "task_ids": Object.values(middle) });
    assert.equal(await workflowStatus(database, workflow), "failed");
    await rows(database, "retry_tasks", { "task_ids": [middle.a, middle.f] });
    assert.deepEqual(await states(database, { a: middle.a, b: middle.b, f: middle.f }), {
      a: "ready",
      b: "cancelled",
      f: "ready",
    });
    await rows(database, "recover_claims");
    assert.deepEqual(await states(database, { first, ...middle, last }), {
      first: "completed",
      ...Object.fromEntries(Object.keys(middle).map((name) => [name, "cancelled"])),
      a: "ready",
      f: "ready",
      last: "cancelled",
    });
    assert.deepEqual(await database.query("select * from absurd.freeing"), []);
  });
});

Deno.test("a step that is opened again before it is freed has lost one edge, not two", async () => {
  await withDatabase(async (database) => {
    const other = await spawn(database, {}, { queue: "other" });
    const { tasks: { a } } = await spawnFan(database, [other]);
    await rows(database, "cancel_tasks", { "task_ids": [a] });
    await rows(database, "retry_tasks", { "task_ids": [a] });
    await rows(database, "recover_claims");
    assert.equal((await task(database, a)).state, "blocked");
    await complete(database, await claimOne(database, { queues: ["other"] }));
    assert.equal((await task(database, a)).state, "ready");
  });
});

/** Runs `test` while an open transaction holds tasks. */
async function whileHeld(
  database: Database,
  ids: readonly string[],
  test: () => Promise<void>,
): Promise<void> {
  await database.session(async (other) => {
    await other.script("begin");
    await other.query("select from absurd.tasks where task_id = any ($1) for no key update", [ids]);
    await test();
    await other.script("rollback");
  });
}

Deno.test("a claim waits for nobody who holds a child: it frees the next, and that one when it is let go", async () => {
  await withFan(async (database, { tasks }) => {
    await whileHeld(database, [tasks.b], async () => {
      assert.deepEqual((await claim(database, 9)).map(({ id }) => id), [tasks.c, tasks.d]);
      assert.deepEqual((await claim(database, 9)).map(({ id }) => id), [tasks.e, tasks.f]);
      assert.deepEqual(await claim(database, 9), []);
    });
    assert.equal((await claimOne(database)).id, tasks.a);
  });
});

/** The children of the first step of a workflow. */
function childrenOf({ tasks: { first: _, last: __, ...children } }: Fan): Record<string, string> {
  return children;
}

Deno.test("who holds children of some tasks holds up no others", async () => {
  await withDatabase(async (database) => {
    const fans = await spawnFans(database, ["q", "q", "q"]);
    const [all, some, none] = fans.map(childrenOf);
    await whileHeld(database, [...Object.values(all), some.b], async () => {
      await rows(database, "recover_claims");
      const ready = await database.query<{ id: string }>(
        "select task_id as id from absurd.tasks where state = 'ready' order by task_id",
      );
      const { a: _, b: __, ...others } = some;
      assert.deepEqual(ready.map(({ id }) => id), [...Object.values(others), ...Object.values(none)]);
    });
  });
});

Deno.test("a claim first frees what waits for a task of its own queue", async () => {
  await withDatabase(async (database) => {
    const [, { tasks }] = await spawnFans(database, ["q", "other"]);
    const held = await claim(database, 9, { queues: ["other"] });
    assert.deepEqual(held.map(({ id }) => id), [tasks.a, tasks.b]);
    assert.deepEqual(await counts(database), [0, 7, 0]);
  });
});

Deno.test("who frees looks parents up, and reads no other task, however many there have been since", async () => {
  await withFan(async (database) => {
    await database.query("analyze absurd.tasks");
    const params = Array.from({ length: 2_000 }, () => ({}));
    await rows(database, "spawn_alike", { task: { "queue_name": "other", "task_name": "work" }, params });
    await database.session(async (session) => {
      await session.script("begin");
      const read = async () =>
        (await session.query<{ read: number }>(
          "select pg_stat_get_xact_tuples_returned('absurd.tasks_pkey'::regclass)::int as read",
        ))[0].read;
      const before = await read();
      await session.query("select absurd._free_more('{q}', 2, absurd.clock())");
      const few = await read() - before;
      assert.ok(few < 20, `${few} tasks were read to free two`);
      await session.script("rollback");
    });
  });
});

Deno.test("a completion wakes workers while some are still to be freed, as one that slept may have room by now", async () => {
  await withFan(async (database) => {
    const [held] = await claim(database, 1);
    await claim(database, 9, { worker: "w2" }); // which finds fewer, and sleeps
    assert.deepEqual(await counts(database), [0, 3, 4]);
    const { promise, resolve: end } = Promise.withResolvers<void>();
    const heard: string[] = [];
    await using _listener = await database.listen(["absurd_tasks", "the_end"], {
      notify: (channel, payload) => channel === "the_end" ? end() : heard.push(payload),
    });
    await complete(database, held);
    await database.query("select pg_notify('the_end', '')");
    await promise;
    assert.ok(heard.includes("q"), `${heard}`);
  });
});

Deno.test("explain_task() tells that a task is about to be freed", async () => {
  await withFan(async (database, { tasks }) => {
    await claim(database, 1);
    const explained = async (id: string) =>
      (await value<Row>(database, "explain_task", { "task_id": id })).reasons.filter(({ kind }: Row) =>
        kind !== "not_offered"
      );
    assert.deepEqual(await explained(tasks.f), [{
      kind: "freeing",
      "task_id": tasks.first,
      "task_name": "first",
      "ends_by_itself": true,
      "freed_by": [],
    }]);
    assert.deepEqual((await explained(tasks.b)).map(({ kind }: Row) => kind), []);
  });
});
