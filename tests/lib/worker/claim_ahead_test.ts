import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Database } from "../../../lib/database.ts";
import type { TaskExecutor } from "../../../lib/task.ts";
import { WorkerCalls } from "../../../lib/worker/calls.ts";
import { withDatabase } from "../../support/database.ts";
import { eventually } from "../../support/process.ts";
import { quickConfig, type StartedWorker, startWorker, testClient, waitForStop } from "./_worker.ts";

const noop: TaskExecutor = () => Promise.resolve(null);

/** Does tasks named `short` at once; the others when they are told to stop. */
const shortOrStuck: TaskExecutor = (task, context) =>
  task.taskName === "short" ? Promise.resolve(null) : waitForStop(task, context);

const specs = (count: number, taskName = "short") => Array.from({ length: count }, () => ({ taskName }));

/** A worker of two places that claims ahead, since it has run 100 short tasks. */
async function warmedUp(
  url: string,
  executor: TaskExecutor,
  { pollIntervalSec = 0.1 } = {},
): Promise<StartedWorker> {
  await using client = testClient(url);
  await client.spawnMany(specs(100));
  const config = quickConfig(url, {
    ABSURD_WORKER_CONCURRENCY: "2",
    ABSURD_WORKER_POLL_INTERVAL: String(pollIntervalSec),
    ABSURD_LEASE: "60",
    ABSURD_HEARTBEAT_INTERVAL: "20",
  });
  return startWorker(config, executor);
}

function told(worker: StartedWorker, type: string): number {
  return worker.events.filter((event) => event.type === type).length;
}

async function attemptsOf(database: Database, outcome: string): Promise<number> {
  const [{ count }] = await database.query<{ count: number }>(
    "select count(*)::int as count from absurd.attempts where outcome = $1",
    [outcome],
  );
  return count;
}

/** How many tasks workers ask for in `work`, claim by claim. */
async function askedIn(work: (asked: readonly number[]) => Promise<void>): Promise<void> {
  const asked: number[] = [];
  const { claim } = WorkerCalls.prototype;
  WorkerCalls.prototype.claim = function (request, signal) {
    asked.push(request.limit);
    return claim.call(this, request, signal);
  };
  try {
    await work(asked);
  } finally {
    WorkerCalls.prototype.claim = claim;
  }
}

Deno.test("AbsurdWorker.run() asks for more than it has places for when it is told of a backlog", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    await using worker = await warmedUp(url, noop, { pollIntervalSec: 60 }); // so that it hears of them
    const emptied = async () => {
      const { ready, claimed } = await client.getQueueStats();
      return ready + claimed === 0;
    };
    await eventually(emptied);
    await client.pauseQueue();
    await client.spawnMany(specs(10_000));
    await askedIn(async (asked) => {
      await client.resumeQueue();
      await eventually(emptied);
      assert.ok(asked[0] > 50, `${asked}`); // 1,000, or work for a tenth of a second
    });
    assert.equal((await worker.stop()).completed, 10_100);
  });
});

Deno.test("AbsurdWorker.run() claims many short tasks in a call though it has few places", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    await client.spawnMany(specs(1_000));
    await askedIn(async (asked) => {
      let running = 0;
      let most = 0;
      const worker = startWorker(quickConfig(url, { ABSURD_WORKER_CONCURRENCY: "2" }), async () => {
        most = Math.max(most, ++running);
        await Promise.resolve();
        running--;
        return null;
      }, { maxTasks: 900 });
      assert.equal((await worker.ended).completed, 900);
      assert.equal(most, 2);
      assert.equal((await client.getQueueStats()).ready, 100);
      assert.equal(asked[0], 2);
      assert.ok(asked.length < 200, `${asked.length} calls: ${asked}`); // by twos it were 450
      assert.ok(Math.max(...asked) <= 1_002);
    });
  });
});

Deno.test("AbsurdWorker.run() runs as many tasks more as one call writes while two calls are under way, no others", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    let ran = 0;
    await using worker = await warmedUp(url, () => {
      ran++;
      return Promise.resolve(null);
    });
    await client.spawnMany(specs(8_000));
    const written = () => told(worker, "completed");
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const { writeOutcomes } = WorkerCalls.prototype;
    WorkerCalls.prototype.writeOutcomes = async function (...outcomes) {
      if (written() > 2_000) await answered;
      return await writeOutcomes.apply(this, outcomes);
    };
    try {
      await eventually(() => Promise.resolve(written() > 2_000 && ran >= written() + 3_000));
      for (let turn = 0; turn < 1_000; turn++) await nextTurn();
      assert.ok(ran <= written() + 3_002, `${ran} ran, ${written()} are written`); // two places
    } finally {
      WorkerCalls.prototype.writeOutcomes = writeOutcomes;
      answer();
    }
    await eventually(() => Promise.resolve(written() === 8_100));
  });
});

Deno.test("AbsurdWorker.run() gives claims that wait back when runs turn out long, for others to do", async () => {
  await withDatabase(async (database, url) => {
    await using client = testClient(url);
    const stuck = await client.spawnMany(specs(2, "long").map((spec) => ({ ...spec, priority: -1 })));
    await client.spawnMany(specs(30).map((spec) => ({ ...spec, priority: -2 })));
    await using worker = await warmedUp(url, shortOrStuck);
    await eventually(async () =>
      told(worker, "released") > 0 && (await client.getQueueStats()).claimed === 2
    );
    assert.equal(await attemptsOf(database, "released"), 0, "they were reserved: nobody began an attempt");
    const { ready } = await client.getQueueStats();
    await using helper = startWorker(quickConfig(url), noop, { maxTasks: ready });
    assert.equal((await helper.ended).completed, ready);
    const held = await client.listTasks({ status: "claimed" });
    assert.deepEqual(ids(held), ids(stuck));
    const waited = await client.listTasks({ status: "completed", limit: 200 });
    assert.equal(waited.length, 130);
    assert.ok(waited.every(({ failures }) => failures === 0));
  });
});

Deno.test("AbsurdWorker.run() gives claims that wait back at its end, without a failure", async () => {
  await withDatabase(async (database, url) => {
    await using client = testClient(url);
    await client.spawnMany(specs(50, "long").map((spec) => ({ ...spec, priority: -1 })));
    await using worker = await warmedUp(url, shortOrStuck);
    await eventually(() => told(worker, "claimed") === 102);
    assert.equal((await worker.stop()).completed, 100);
    const stats = await client.getQueueStats();
    assert.deepEqual([stats.ready, stats.claimed], [50, 0]);
    assert.equal(await attemptsOf(database, "lost") + await attemptsOf(database, "failed"), 0);
    assert.deepEqual(await database.query("select from absurd.reservations"), []);
    assert.equal(told(worker, "claimed"), 102, "no more was started");
  });
});

Deno.test("AbsurdWorker.run() takes a task of higher priority as soon as a place gets free in a backlog of long ones", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    await client.spawnMany(specs(10, "long"));
    const ends: (() => void)[] = [];
    const started: string[] = [];
    const config = quickConfig(url, { ABSURD_WORKER_CONCURRENCY: "1" });
    await using worker = startWorker(config, (task) => {
      started.push(task.taskName);
      return new Promise((resolve) => ends.push(() => resolve(null)));
    });
    await worker.event("claimed");
    await client.spawn("urgent", {}, { priority: 10 });
    ends[0]();
    await eventually(() => started.length === 2);
    assert.deepEqual(started, ["long", "urgent"]);
    await eventually(async () => (await client.getQueueStats()).claimed === 1);
    ends[1]();
    await eventually(() => started.length === 3);
    ends[2]();
  });
});

function ids(tasks: readonly { taskId: string | null }[]): (string | null)[] {
  return tasks.map(({ taskId }) => taskId).sort();
}
