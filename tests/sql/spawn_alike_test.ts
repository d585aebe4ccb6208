import assert from "node:assert/strict";
import { json, SqlJson } from "../../lib/database.ts";
import { withDatabase } from "../support/database.ts";
import { claim, refused, type Row, rows, spawn, task, value } from "./queue.ts";

Deno.test("spawn_alike() spawns tasks that differ in their params only, in their order", async () => {
  await withDatabase(async (database) => {
    const [{ task_ids: ids, offered }] = await database.call<Row>("spawn_alike", {
      task: json({ "queue_name": "q", "task_name": "same", priority: 2, "max_retries": 7 }),
      params: json([{ n: 0 }, null, { n: 2 }]),
    });
    assert.equal(offered, false);
    const found = [];
    for (const id of ids) found.push(await task(database, id));
    assert.deepEqual(found.map((one) => one.params), [{ n: 0 }, {}, { n: 2 }]);
    for (const one of found) {
      assert.deepEqual([one.task_name, one.state, one.priority], ["same", "ready", 2]);
    }
    const claimed = await claim(database, 9);
    assert.deepEqual(claimed.map(({ id }) => id), ids);
    assert.deepEqual(claimed.map(({ row }) => row.max_retries), [7, 7, 7]);
    const [stats] = await rows(database, "get_queue_stats", { "queue_name": "q" });
    assert.equal(stats.claimed, 3);
  });
});

Deno.test("spawn_alike() delays all of its tasks, and tells until when", async () => {
  await withDatabase(async (database) => {
    const task = json({ "queue_name": "q", "task_name": "later", "delay_sec": 60 });
    await database.call("spawn_alike", { task, params: json([{}, {}]) });
    await value(database, "stamp_events");
    const [{ events }] = await rows(database, "read_events", {});
    assert.equal(events.length, 2);
    for (const { detail } of events) assert.ok(detail.run_at);
    assert.deepEqual(await claim(database, 9), []);
  });
});

Deno.test("spawn_alike() leaves to spawn_tasks() what it cannot spawn, and spawns nothing", async () => {
  await withDatabase(async (database) => {
    const parent = await spawn(database);
    const good = { "queue_name": "q", "task_name": "t" };
    const tries: readonly (readonly [Row, Row[] | SqlJson])[] = [
      [{ ...good, key: "k" }, [{}]],
      [{ ...good, "depends_on": [parent] }, [{}]],
      [{ ...good, priority: "high" }, [{}]],
      [{ "task_name": "t" }, [{}]],
      [good, [{}, { text: "x".repeat(1_100_000) }]],
      [good, new SqlJson('[{}, {"a": "\\u0000"}]')],
      [good, new SqlJson("[{}, 7]")],
      [good, []],
    ];
    for (const [task, params] of tries) {
      const made = await database.call("spawn_alike", {
        task: json(task),
        params: params instanceof SqlJson ? params : json(params),
      });
      assert.deepEqual(made, [], JSON.stringify(task));
    }
    const [{ count }] = await database.query<Row>("select count(*)::int as count from absurd.tasks");
    assert.equal(count, 1);
    await refused(
      database.call("spawn_alike", { task: json(good), params: json({ a: 1 }) }),
      "22023",
      /array/,
    );
  });
});
