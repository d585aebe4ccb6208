import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { claimOne, refused, rows, spawn, value } from "./queue.ts";

Deno.test("discard_bench_tasks() forgets one queue with all that belongs to it, whatever its tasks do", async () => {
  await withDatabase(async (database) => {
    const other = await spawn(database);
    const parent = await spawn(database, {}, { queue: "bench-1" });
    await spawn(database, { "depends_on": [parent] }, { queue: "bench-1" });
    await claimOne(database, { queues: ["bench-1"] });
    const discard = () => value<number>(database, "discard_bench_tasks", { "queue_name": "bench-1" });
    assert.deepEqual([await discard(), await discard()], [2, 0]);
    const left = await database.query<{ queue: string }>(`
      select distinct queue_name as queue from absurd.tasks
      union select queue_name from absurd.event_batches union select queue_name from absurd.queues`);
    assert.deepEqual(left, [{ queue: "q" }]);
    assert.ok((await rows(database, "get_task", { "task_id": other }))[0]);
  });
});

Deno.test("discard_bench_tasks() refuses a queue that absurd bench did not make", async () => {
  await withDatabase(async (database) => {
    await refused(rows(database, "discard_bench_tasks", { "queue_name": "q" }), "22023", /absurd bench: q/);
  });
});

Deno.test("get_usage() grows with what is written", async () => {
  await withDatabase(async (database) => {
    const [before] = await rows(database, "get_usage");
    await spawn(database);
    const [after] = await rows(database, "get_usage");
    assert.ok(Number(after["wal_bytes"]) > Number(before["wal_bytes"]));
  });
});
