import assert from "node:assert/strict";
import { type AlikeRow, alikeTasks, claimedTask, type ClaimRow } from "../../lib/worker/claim_row.ts";
import { withDatabase } from "../support/database.ts";
import { claim, complete, rows, spawn, spawnGraph } from "./queue.ts";

const REQUEST = { "worker_id": "w1", "queue_names": ["q", "other"], limit: 20 };

Deno.test("claim_alike() claims what claim_tasks() would, in its order", async () => {
  await withDatabase(async (database) => {
    const { tasks } = await spawnGraph(database, { root: [], left: ["root"], right: ["root"] });
    await complete(database, (await claim(database, 1))[0], { sky: "clear" });
    for (const priority of [0, 9, 0, -3]) {
      await spawn(database, { priority }, { params: { priority, text: 'a "b", {c}' } });
    }
    await spawn(database, { "max_retries": 1, "timeout_sec": 2.5 }, { name: "other", queue: "other" });
    await spawn(database, { key: "k" });

    const byRows = await database.session(async (session) => {
      await session.script("begin");
      const found = (await rows(session, "claim_tasks", REQUEST)) as unknown as ClaimRow[];
      await session.script("rollback");
      return found.map(claimedTask);
    });
    assert.equal(byRows.length, 8);
    assert.deepEqual(byRows.find(({ taskId }) => taskId === tasks.left)?.inputs, { root: { sky: "clear" } });
    const alike = (await rows(database, "claim_alike", REQUEST)) as unknown as AlikeRow[];
    assert.deepEqual(alikeTasks(alike), byRows);
  });
});

Deno.test("claim_alike() tells tasks that are alike by one row, steps too", async () => {
  await withDatabase(async (database) => {
    await spawnGraph(database, { root: [] });
    for (let n = 0; n < 5; n++) await spawn(database, {}, { params: { n } });
    const found = await rows(database, "claim_alike", REQUEST);
    assert.deepEqual(
      found.map((row) => [row.task_name, row.params, row.step_names, row.inputs])
        .sort(([one], [other]) => one < other ? -1 : 1),
      [
        ["root", [{}], ["root"], null],
        ["work", [0, 1, 2, 3, 4].map((n) => ({ n })), null, null],
      ],
    );
    assert.deepEqual(await rows(database, "claim_alike", REQUEST), []);
  });
});
