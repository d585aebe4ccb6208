import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { claim, claimOne, complete, refused, rows, spawn, value } from "./queue.ts";

Deno.test("set_priority() moves a waiting task forward and returns what it had", async () => {
  await withDatabase(async (database) => {
    const [first, second] = [await spawn(database), await spawn(database, { priority: -1 })];
    assert.equal(await value(database, "set_priority", { "task_id": second, priority: 5 }), -1);
    assert.deepEqual((await claim(database, 2)).map(({ id }) => id), [second, first]);
  });
});

Deno.test("set_priority() refuses tasks that ended or are unknown", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database);
    await complete(database, await claimOne(database));
    const change = (task: string) => value(database, "set_priority", { "task_id": task, priority: 5 });
    await refused(change(id), "TQ004", /completed/);
    await refused(change(crypto.randomUUID()), "TQ001");
  });
});

Deno.test("set_priorities() changes the pending tasks that the filter names", async () => {
  await withDatabase(async (database) => {
    const held = await spawn(database);
    await claimOne(database);
    const mine = [await spawn(database), await spawn(database, { "delay_sec": 60 })];
    await spawn(database, {}, { name: "other" });
    await spawn(database, { priority: 3 });
    const changed = await rows(database, "set_priorities", { filter: { "task_name": "work" }, priority: 3 });
    assert.deepEqual(changed.map((row) => row.set_priorities), mine);
    assert.ok(!mine.includes(held));
    await refused(rows(database, "set_priorities", { filter: {}, priority: 3 }), "22023", /No filter/);
    await refused(
      rows(database, "set_priorities", { filter: { state: "ready" }, priority: 3 }),
      "22023",
      /state/,
    );
  });
});
