import assert from "node:assert/strict";
import { TaskFailure } from "../../../lib/errors.ts";
import type { TaskExecutor } from "../../../lib/task.ts";
import { withDatabase } from "../../support/database.ts";
import { quickConfig, startWorker, testClient } from "./_worker.ts";

Deno.test("AbsurdWorker.run() tells what it ran also where it ends because of an obstacle", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    await client.spawn("noop");
    await client.spawn("noop");
    let done = 0;
    const executor: TaskExecutor = () => {
      done++;
      return Promise.resolve(null);
    };
    executor.obstacle = () => Promise.resolve(done > 0 ? "The disk is full" : null);
    const config = quickConfig(url, { ABSURD_WORKER_CONCURRENCY: "1" });
    await using worker = startWorker(config, executor, { drain: true });
    await assert.rejects(worker.ended, { message: "Ready tasks are left: The disk is full" });
    const told = worker.events.slice(-2);
    assert.deepEqual(told.map(({ type }) => type), ["stopping", "stopped"]);
    assert.ok(told[1].type === "stopped" && told[1].summary.completed === 1);
  });
});

Deno.test("AbsurdWorker.run() tells a 'not now' that counts as a failure as failed, and says why", async () => {
  await withDatabase(async (database, url) => {
    await using client = testClient(url);
    await client.spawn("busy");
    await database.query("update absurd.tasks set not_now_count = 19");
    const run = async () => {
      await using worker = startWorker(quickConfig(url), () => {
        throw new TaskFailure("The licence is taken", { reason: "not_now" });
      }, { once: true });
      const { postponed, failed } = await worker.ended;
      const told = worker.events.find(({ type }) => type === "postponed" || type === "failed")!;
      await database.query("update absurd.tasks set state = 'ready', run_at = absurd.clock()");
      return { postponed, failed, type: told.type, message: "message" in told ? told.message : "" };
    };
    assert.deepEqual(await run(), {
      postponed: 1,
      failed: 0,
      type: "postponed",
      message: "The licence is taken",
    });
    assert.deepEqual(await run(), {
      postponed: 0,
      failed: 1,
      type: "failed",
      message: 'The licence is taken (the 21st "not now" in a row counts as a failure)',
    });
  });
});
