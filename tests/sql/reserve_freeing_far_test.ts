import assert from "node:assert/strict";
import type { Database, DatabaseSession } from "../../lib/database.ts";
import { withDatabase } from "../support/database.ts";
import { freeAtOnce } from "../proofs/support/freeing.ts";
import { spawnFan } from "./fan.ts";
import { claim, claimOne, complete, entriesRead, spawn, spawnGraph } from "./queue.ts";
import { completeReserved, reservations, reserve } from "./reservations.ts";

/** Spawns five children of a task, each in the queue that is told, and has it complete. */
async function spawnAcross(database: Database, queue: string, childQueue: string): Promise<string[]> {
  await freeAtOnce(database, 2);
  const parent = await spawn(database, { priority: 9 }, { queue });
  const children: string[] = [];
  for (let child = 0; child < 5; child++) {
    children.push(await spawn(database, { "depends_on": [parent] }, { queue: childQueue }));
  }
  await complete(database, await claimOne(database, { queues: [queue] }));
  return children;
}

Deno.test("children of a task of another queue are reserved like those of one of the same", async () => {
  await withDatabase(async (database) => {
    const children = await spawnAcross(database, "other", "q");
    assert.deepEqual((await reserve(database, 9)).tasks, children);
    assert.notEqual((await reservations(database))[0].parent_id, null);
  });
});

Deno.test("children are found behind those that other queues get of a task of this one", async () => {
  await withDatabase(async (database) => {
    await spawnAcross(database, "q", "other");
    const children = await spawnAcross(database, "q", "q");
    assert.deepEqual((await reserve(database, 9)).tasks, children);
  });
});

Deno.test("who looks for work of a queue first frees what is in it, whoever is the parent", async () => {
  await withDatabase(async (database) => {
    await spawnAcross(database, "q", "q");
    await spawnAcross(database, "q", "other");
    assert.equal((await claim(database, 9, { queues: ["other"] })).length, 2);
  });
});

Deno.test("a completion does not wake those of other queues, who would free what can be reserved", async () => {
  await withDatabase(async (database) => {
    await spawn(database, {}, { queue: "other" });
    await claim(database, 9, { queues: ["other"] }); // finds fewer, and sleeps
    await spawnFan(database);
    const { id, tasks } = await reserve(database, 2);
    const { promise, resolve: end } = Promise.withResolvers<void>();
    const heard: string[] = [];
    await using _listener = await database.listen(["absurd_tasks", "the_end"], {
      notify: (channel, payload) => channel === "the_end" ? end() : heard.push(payload),
    });
    await completeReserved(database, id, tasks.map((one) => [one, null]));
    await database.query("select pg_notify('the_end', '')");
    await promise;
    assert.ok(!heard.includes("other"), `${heard}`);
  });
});

Deno.test("steps behind a task outside show that their workflow runs, without a look at all of them", async () => {
  await withDatabase(async (database) => {
    await freeAtOnce(database, 2);
    const parent = await spawn(database);
    const steps = Array.from({ length: 1_500 }, (_, index) => [`s${index}`, [{ "task_id": parent }]]);
    const { workflow } = await spawnGraph(database, Object.fromEntries(steps));
    await complete(database, await claimOne(database));
    const look = (session: DatabaseSession) =>
      session.query("select absurd._refresh_workflows(array[$1::uuid], absurd.clock())", [workflow]);
    assert.ok(await entriesRead(database, ["tasks_pkey"], look) < 50, "some are to be freed");
    const { tasks } = await reserve(database, 1_500);
    await database.query("delete from absurd.freeing");
    assert.ok(
      tasks.length > 0 && await entriesRead(database, ["tasks_pkey"], look) < 50,
      "some are reserved",
    );
  });
});
