import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { claim, claimOne, complete, refused, type Row, rows, spawn, value } from "./queue.ts";

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

Deno.test("prioritize_tasks() changes the pending ones and says why it left the rest", async () => {
  await withDatabase(async (database) => {
    const held = await spawn(database);
    await claimOne(database);
    const mine = [await spawn(database), await spawn(database, { "delay_sec": 60 })];
    const change = (ids: string[], priority: number | null) =>
      rows(database, "prioritize_tasks", { "task_ids": ids, priority });
    const answers = await change([held, ...mine], 3);
    assert.deepEqual(answers.map(({ task_id, outcome, message }) => [task_id, outcome, message]), [
      [held, "skipped", "it is claimed"],
      [mine[0], "ok", null],
      [mine[1], "ok", null],
    ]);
    assert.equal((await value<Row>(database, "get_task", { "task_id": mine[1] })).priority, 3);
    await refused(change(mine, null), "22023", /priority/);
  });
});
