import assert from "node:assert/strict";
import { withDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { openGate } from "../../support/gate.ts";
import { QUEUE, quickConfig, startWorker, testClient, waitForStop } from "./_worker.ts";

Deno.test("AbsurdWorker.run() keeps a finished result while the database is away, and writes it when it is back", async () => {
  await withDatabase(async (_database, url) => {
    await using gate = await openGate(url);
    await using client = testClient(url);
    const id = await client.spawn("work");
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    const config = quickConfig(gate.url, { ABSURD_LEASE: "20" });
    await using worker = startWorker(config, async () => {
      await mayEnd;
      return { precious: true };
    });
    await worker.event("claimed");
    gate.close();
    await worker.event("disconnected");
    end();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal((await client.getTask(id))!.status, "claimed");
    gate.open();
    const task = await client.waitForTask(id, { timeoutSec: 30 });
    assert.deepEqual(task.result, { precious: true });
    assert.equal(task.attempt, 1);
    await worker.event("reconnected");
    assert.equal((await worker.stop()).completed, 1);
  });
});

for (const cut of ["close", "swallow"] as const) {
  Deno.test(`AbsurdWorker.run() ends tasks before their lease when the network would ${cut}`, async () => {
    await withDatabase(async (_database, url) => {
      await using gate = await openGate(url);
      await using client = testClient(url);
      const id = await client.spawn("work");
      const reasons: string[] = [];
      await using worker = startWorker(quickConfig(gate.url), async (task, context) => {
        try {
          return await waitForStop(task, context);
        } finally {
          reasons.push(context.signal.reason);
        }
      });
      await worker.event("claimed");
      gate[cut]();
      await worker.event("disconnected");
      while (reasons.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.deepEqual(reasons, ["lost"]);
      // another worker takes it over, after two looks
      await using second = startWorker(quickConfig(url), () => Promise.resolve({ second: true }));
      const task = await client.waitForTask(id, { timeoutSec: 30 });
      assert.deepEqual(task.result, { second: true });
      assert.equal(task.attempts![0].outcome, "lost");
      gate.open();
      await worker.event("lost");
      assert.equal((await worker.stop()).lost, 1);
      assert.equal((await second.stop()).completed, 1);
    });
  });
}

Deno.test("AbsurdWorker.run() reports a result as lost when another attempt has taken over", async () => {
  await withDatabase(async (database, url) => {
    await using client = testClient(url);
    const id = await client.spawn("work");
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    const config = quickConfig(url, { ABSURD_HEARTBEAT_INTERVAL: "60", ABSURD_LEASE: "300" });
    await using worker = startWorker(config, async () => {
      await mayEnd;
      return { stale: true };
    }, { once: true });
    await worker.event("claimed");
    await database.call("release_tasks", {
      outcomes: JSON.stringify([{ task_id: id, attempt: 1, report: {} }]),
    });
    await using _second = startWorker(config, () => Promise.resolve({ fresh: true }), { once: true });
    await client.waitForTask(id, { timeoutSec: 30 });
    end();
    assert.equal((await worker.ended).lost, 1);
    assert.deepEqual((await client.getTask(id))!.result, { fresh: true });
  });
});

Deno.test("AbsurdWorker.run() waits for a database that is down at the start, and says so", async () => {
  await withDatabase(async (_database, url) => {
    await using gate = await openGate(url);
    await using client = testClient(url);
    gate.close();
    await using worker = startWorker(quickConfig(gate.url), () => Promise.resolve(null), { maxTasks: 1 });
    const { message } = await worker.event("disconnected");
    assert.match(message, /127\.0\.0\.1/);
    await client.spawn("work");
    gate.open();
    assert.equal((await worker.ended).completed, 1);
    const types = worker.events.map(({ type }) => type);
    assert.deepEqual(types.slice(0, 3), ["disconnected", "reconnected", "started"]);
  });
});

Deno.test("AbsurdWorker.run() goes on when all its connections are terminated again and again", async () => {
  await withDatabase(async (database, url) => {
    await using client = testClient(url);
    await client.spawnMany(
      Array.from({ length: 200 }, (_, index) => ({ taskName: "work", params: { index } })),
    );
    const runs = new Map<string, number>();
    await using worker = startWorker(quickConfig(url, { ABSURD_LEASE: "20" }), async (task) => {
      runs.set(task.taskId, (runs.get(task.taskId) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { index: task.params.index };
    }, { drain: true });
    for (let round = 0; round < 5; round++) {
      await database.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'absurd worker' and datname = current_database()",
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { completed, lost } = await worker.ended;
    assert.deepEqual({ completed, lost }, { completed: 200, lost: 0 });
    assert.equal(runs.size, 200);
    assert.ok([...runs.values()].every((count) => count === 1));
    assert.equal((await client.getQueueStats()).completed, 200);
  });
});

Deno.test("AbsurdWorker.run() is listed again when the database has forgotten it, and not once it has ended", async () => {
  await withDatabase(async (database, url) => {
    await using client = testClient(url);
    await using worker = startWorker(quickConfig(url), waitForStop);
    await eventually(async () => (await client.listWorkers()).length === 1);
    await database.query("delete from absurd.workers"); // as a call did while the clock was wrong
    const [found] = await eventually(async () => {
      const workers = await client.listWorkers();
      return workers.length > 0 && workers;
    });
    assert.deepEqual([found.live, found.queueNames], [true, [QUEUE]]);
    await worker.stop();
    assert.deepEqual(await client.listWorkers(), []);
  });
});

Deno.test("AbsurdWorker.run() refuses at once what waiting cannot mend", async () => {
  await withDatabase(async (_database, url) => {
    const wrong = new URL(url);
    wrong.password = "wrong";
    await assert.rejects(startWorker(quickConfig(wrong.href), waitForStop).ended, {
      name: "DatabaseUnavailableError",
      message: /password is wrong or missing/,
    });
    wrong.href = url;
    wrong.pathname = "/template1";
    await assert.rejects(startWorker(quickConfig(wrong.href), waitForStop).ended, {
      name: "SchemaError",
      hint: "Run: absurd init",
    });
  });
});
