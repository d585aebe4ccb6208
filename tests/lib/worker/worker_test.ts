import assert from "node:assert/strict";
import type { ClaimedTask, TaskExecutor } from "../../../lib/task.ts";
import { TaskFailure } from "../../../lib/errors.ts";
import { KILL_BOUND_MS } from "../../../lib/stage/process_tree.ts";
import type { WorkerOptions } from "../../../lib/worker/worker.ts";
import { withDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { makeExecutor, temporaryFolder } from "../stage/_helpers.ts";
import { QUEUE, quickConfig, startWorker, testClient, waitForStop } from "./_worker.ts";

Deno.test("AbsurdWorker.run() completes tasks, hands inputs down and ends when drained", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const first = await client.spawn("double", { value: 2 });
    const second = await client.spawn("add", {}, { dependsOn: [first] });
    const seen: ClaimedTask[] = [];
    await using worker = startWorker(quickConfig(url), (task) => {
      seen.push(task);
      return Promise.resolve(
        task.taskName === "double" ? { value: Number(task.params.value) * 2 } : task.inputs,
      );
    }, { drain: true });
    assert.deepEqual(await worker.ended, {
      completed: 2,
      failed: 0,
      postponed: 0,
      released: 0,
      lost: 0,
      cancelled: 0,
    });
    assert.deepEqual((await client.getTask(second))!.result, { [first]: { value: 4 } });
    assert.equal(seen[0].attempt, 1);
    assert.equal(seen[0].queueName, QUEUE);
    assert.equal(seen[0].timeoutSec, 3600);
    const told = worker.events.map(({ type }) => type);
    assert.deepEqual([told[0], ...told.slice(-2)], ["started", "stopping", "stopped"]);
    // The second may be claimed before the answer is here that the first has completed.
    assert.deepEqual(told.slice(1, -2).toSorted(), ["claimed", "claimed", "completed", "completed"]);
    assert.deepEqual(await client.listWorkers(), []);
  });
});

Deno.test("AbsurdWorker.run() wakes by notification, long before it would poll", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const config = quickConfig(url, { ABSURD_WORKER_POLL_INTERVAL: "300" });
    await using worker = startWorker(config, () => Promise.resolve(null), { maxTasks: 3 });
    await worker.event("started");
    for (let index = 0; index < 3; index++) {
      const task = await client.waitForTask(await client.spawn("noop"), { timeoutSec: 30 });
      assert.equal(task.status, "completed");
    }
    assert.equal((await worker.ended).completed, 3);
  });
});

Deno.test("AbsurdWorker.run() runs no more at a time than it and its stages may", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    await client.spawnMany(
      Array.from({ length: 12 }, (_, index) => ({ taskName: index % 2 ? "narrow" : "wide", params: {} })),
    );
    const running: Record<string, number> = { narrow: 0, wide: 0 };
    const most = { narrow: 0, all: 0 };
    await using worker = startWorker(quickConfig(url, { ABSURD_WORKER_CONCURRENCY: "4" }), async (task) => {
      running[task.taskName]++;
      most.narrow = Math.max(most.narrow, running.narrow);
      most.all = Math.max(most.all, running.narrow + running.wide);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running[task.taskName]--;
      return null;
    }, {
      drain: true,
      settings: { taskNames: ["narrow", "wide"], stages: {}, concurrency: { narrow: 1 } },
    });
    assert.equal((await worker.ended).completed, 12);
    assert.equal(most.narrow, 1);
    assert.ok(most.all > 1 && most.all <= 4, `${most.all} at a time`);
  });
});

Deno.test("AbsurdWorker.run() leaves tasks that it does not know, and drains without them", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const known = await client.spawn("known");
    const unknown = await client.spawn("unknown");
    await client.spawn("known", {}, { delaySec: 3600 });
    await using worker = startWorker(quickConfig(url), () => Promise.resolve(null), {
      drain: true,
      settings: { taskNames: ["known"], stages: {}, concurrency: {} },
    });
    assert.equal((await worker.ended).completed, 1);
    assert.equal((await client.getTask(known))!.status, "completed");
    assert.equal((await client.getTask(unknown))!.status, "pending");
  });
});

Deno.test("AbsurdWorker.run() tells once what a drain waits for, and ends when that has ended", async () => {
  await withDatabase(async (database, url) => {
    await using client = testClient(url);
    await client.spawn("held");
    const claim = { "worker_id": "elsewhere", "queue_name": QUEUE };
    const [{ task_id, attempt }] = await database.call<{ task_id: string; attempt: number }>(
      "claim_task",
      claim,
    );
    await using worker = startWorker(quickConfig(url), () => Promise.resolve(null), { drain: true });
    assert.deepEqual(await worker.event("waiting"), { type: "waiting", rest: "claims of other workers" });
    await database.call("complete_task", { task_id, attempt });
    await worker.ended;
    assert.deepEqual(
      worker.events.map(({ type }) => type),
      ["started", "waiting", "stopping", "stopped"],
    );
  });
});

Deno.test("AbsurdWorker.run() retries failures, and puts what fails for good into the dead letters", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const flaky = await client.spawn("flaky");
    const broken = await client.spawn("broken", {}, { maxRetries: 1 });
    const hopeless = await client.spawn("hopeless");
    const later = await client.spawn("later");
    await using worker = startWorker(quickConfig(url), (task) => {
      if (task.taskName === "flaky" && task.attempt > 2) return Promise.resolve({ attempt: task.attempt });
      if (task.taskName === "hopeless") {
        throw new TaskFailure("Bad file", { reason: "bad_input", permanent: true });
      }
      if (task.taskName === "later" && task.attempt > 1) return Promise.resolve(null);
      if (task.taskName === "later") throw new TaskFailure("Not yet", { reason: "not_now" });
      throw new RangeError("out of luck");
    }, { drain: true });
    assert.deepEqual(await worker.ended, {
      completed: 2,
      failed: 5,
      postponed: 1,
      released: 0,
      lost: 0,
      cancelled: 0,
    });

    const postponed = await worker.event("postponed");
    assert.deepEqual([postponed.taskId, postponed.message], [later, "Not yet"]);
    assert.ok(postponed.retryAt);
    assert.deepEqual((await client.getTask(flaky))!.result, { attempt: 3 });
    const failed = (await client.getTask(broken))!;
    assert.equal(failed.status, "failed");
    assert.equal(failed.error, "RangeError: out of luck");
    assert.equal(failed.attempts!.length, 2);
    assert.match(failed.attempts![0].logTail!, /RangeError: out of luck\n\s+at/);
    assert.equal((await client.getTask(hopeless))!.errorReason, "bad_input");
    assert.equal((await client.getTask(later))!.failures, 0);
    const letters = await client.listDeadLetters();
    assert.deepEqual(letters.map(({ taskId }) => taskId).sort(), [broken, hopeless].sort());
  });
});

Deno.test("AbsurdWorker.run() fails a result that cannot be stored, and no other in its batch", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const results: Record<string, unknown> = {
      undefined: undefined,
      list: [1],
      bigint: { big: 1n },
      cycle,
      zero: { text: ["a\0b"] },
      nan: { value: NaN },
      surrogate: { value: "\ud800" },
      good: { value: 1 },
      large: { value: "x".repeat(2_000_000) },
    };
    const specs = Object.keys(results).map((taskName) => ({ taskName, maxRetries: 0 }));
    await client.spawnMany(specs);
    await using worker = startWorker(
      quickConfig(url, { ABSURD_WORKER_CONCURRENCY: "20" }),
      (task) => Promise.resolve(results[task.taskName] as null),
      { drain: true },
    );
    const { completed, failed } = await worker.ended;
    assert.deepEqual({ completed, failed }, { completed: 1, failed: 8 });
    const tasks = Object.fromEntries((await client.listTasks()).map((task) => [task.taskName, task]));
    assert.equal(tasks.good.status, "completed");
    assert.equal(
      tasks.zero.error,
      "The task's result.text[0] holds \\u0000, which the database cannot store",
    );
    assert.equal(tasks.cycle.error, "The task's result.self contains itself");
    assert.equal(tasks.bigint.error, "The task's result.big is a bigint, which JSON cannot hold");
    assert.match(tasks.undefined.error!, /result is undefined/);
    for (const { taskName, errorReason } of Object.values(tasks)) {
      if (taskName !== "good") assert.match(errorReason!, /^(result|too_large)$/, taskName);
    }
  });
});

Deno.test("AbsurdWorker.run() survives errors that hold what the database cannot store", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const id = await client.spawn("odd", {}, { maxRetries: 0 });
    await using worker = startWorker(quickConfig(url), (_task, context) => {
      context.report({ logTail: "log\0\ud800", exitCode: NaN, flags: ["\0"] });
      throw Object.create(null);
    }, { drain: true });
    assert.equal((await worker.ended).failed, 1);
    assert.match((await client.getTask(id))!.error!, /The executor threw a/);
  });
});

Deno.test("AbsurdWorker.run() ends an attempt that takes too long", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const id = await client.spawn("slow", {}, { timeoutSec: 0.2, maxRetries: 0 });
    await using worker = startWorker(quickConfig(url), waitForStop, { drain: true });
    assert.equal((await worker.ended).failed, 1);
    const task = (await client.getTask(id))!;
    assert.equal(task.errorReason, "timeout");
    assert.equal(task.error, 'Task "slow" ran longer than its 0.2 s and was ended');
  });
});

Deno.test("AbsurdWorker.run() stops a cancelled task at once, told by notification", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const config = quickConfig(url, { ABSURD_HEARTBEAT_INTERVAL: "60", ABSURD_LEASE: "300" });
    const id = await client.spawn("long");
    await using worker = startWorker(config, waitForStop);
    await worker.event("claimed");
    await client.cancelTask(id, { reason: "not wanted" });
    const { taskId } = await worker.event("cancelled");
    assert.equal(taskId, id);
    const task = (await client.getTask(id))!;
    assert.equal(task.status, "cancelled");
    assert.equal(task.attempts![0].outcome, "cancelled");
    assert.equal((await worker.stop()).cancelled, 1);
  });
});

Deno.test("AbsurdWorker.run() shows progress and reports on the task", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const id = await client.spawn("long");
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    await using worker = startWorker(quickConfig(url), async (_task, context) => {
      for (let step = 0; step < 1000; step++) context.progress(step / 1000, `step ${step}`);
      context.progress(NaN);
      context.report({ peakMemoryBytes: 12_345.6, flags: ["--allow-read"], workDir: "/tmp/somewhere" });
      await mayEnd;
      return null;
    });
    const { fraction } = await worker.event("progress");
    assert.equal(fraction, 0.999);
    while (!(await client.getTask(id))!.progress) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal((await client.getTask(id))!.progress!.message, "step 999");
    end();
    const [attempt] = (await client.waitForTask(id, { timeoutSec: 30 })).attempts!;
    assert.equal(attempt.peakMemoryBytes, 12_346);
    assert.deepEqual(attempt.flags, ["--allow-read"]);
    assert.equal(attempt.workDir, "/tmp/somewhere");
    assert.ok(attempt.durationMs! >= 0);
  });
});

Deno.test("AbsurdWorker.run() gives unfinished tasks back at shutdown, without a failure", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const quick = await client.spawn("quick", {}, { priority: 1 });
    const slow = await client.spawn("slow");
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    await using worker = startWorker(
      quickConfig(url, { ABSURD_GRACE_PERIOD: "1" }),
      async (task, context) => {
        if (task.taskName === "slow") return await waitForStop(task, context);
        await mayEnd;
        return { done: true };
      },
    );
    await worker.event("claimed");
    while (worker.events.filter(({ type }) => type === "claimed").length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const stopped = worker.stop();
    await worker.event("stopping");
    end();
    assert.deepEqual(await stopped, {
      completed: 1,
      failed: 0,
      postponed: 0,
      released: 1,
      lost: 0,
      cancelled: 0,
    });
    assert.equal((await client.getTask(quick))!.status, "completed");
    const task = (await client.getTask(slow))!;
    assert.equal(task.status, "pending");
    assert.equal(task.failures, 0);
    assert.equal(task.attempts![0].outcome, "released");
  });
});

Deno.test("AbsurdWorker.run() lets tasks run on for the shutdown timeout, and kills at a time limit within the grace period", async () => {
  await using folder = await temporaryFolder();
  const stages = await makeExecutor({ workDir: folder.path, gracePeriodSec: 0.3 });
  const script = "trap '' TERM; while :; do sleep 0.1; done";
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const slow = await client.spawn("slow");
    const stubborn = await client.spawn("shell", { script }, { timeoutSec: 1, maxRetries: 0 });
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<null>();
    await using worker = startWorker(
      quickConfig(url, { ABSURD_SHUTDOWN_TIMEOUT: "1h" }),
      (task, context) => task.taskName === "slow" ? mayEnd : stages(task, context),
    );
    while (worker.events.filter(({ type }) => type === "claimed").length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const stopped = worker.stop();
    const { taskId, reason } = await worker.event("failed"); // a second and the grace period after the stop
    assert.deepEqual({ taskId, reason }, { taskId: stubborn, reason: "timeout" });
    const [attempt] = (await client.getTask(stubborn))!.attempts!;
    assert.equal(attempt.signal, "SIGKILL");
    assert.ok(
      attempt.durationMs! < 1000 + 300 + KILL_BOUND_MS + 1000,
      `killed after ${attempt.durationMs} ms`,
    );
    end(null);
    assert.deepEqual(await stopped, {
      completed: 1,
      failed: 1,
      postponed: 0,
      released: 0,
      lost: 0,
      cancelled: 0,
    });
    assert.equal((await client.getTask(slow))!.status, "completed");
  });
});

Deno.test("AbsurdWorker.run() calls the executor's hook after the result was accepted", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const id = await client.spawn("publish");
    const accepted: string[] = [];
    const executor = Object.assign(() => Promise.resolve(null), {
      async accepted(task: ClaimedTask) {
        accepted.push((await client.getTask(task.taskId))!.status);
        throw new Error("disk full");
      },
    });
    await using worker = startWorker(quickConfig(url), executor, { once: true });
    assert.equal((await worker.ended).completed, 1);
    assert.deepEqual(accepted, ["completed"]);
    const { message } = await worker.event("warning");
    assert.equal(message, `Products of publish ${id} could not be published: disk full`);
  });
});

Deno.test("AbsurdWorker.run() lets the executor end what it kept, when nothing runs any more", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    await client.spawn("work");
    const told: string[] = [];
    const executor: TaskExecutor = () => {
      told.push("ran");
      return Promise.resolve(null);
    };
    executor.accepted = () => Promise.resolve(void told.push("accepted"));
    executor.close = () => {
      told.push("closed");
      return Promise.reject(new Error("one is still there"));
    };
    await using worker = startWorker(quickConfig(url), executor, { drain: true });
    await worker.ended;
    assert.deepEqual(told, ["ran", "accepted", "closed"]);
    const { message } = await worker.event("warning");
    assert.match(message, /could not be ended: one is still there$/);
  });
});

Deno.test("AbsurdWorker.run() ends by itself with once, maxTasks and idleTimeoutSec", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const nothing = { completed: 0, failed: 0, postponed: 0, released: 0, lost: 0, cancelled: 0 };
    const noop = () => Promise.resolve(null);
    assert.deepEqual(await startWorker(quickConfig(url), noop, { once: true }).ended, nothing);
    assert.deepEqual(await startWorker(quickConfig(url), noop, { idleTimeoutSec: 0.3 }).ended, nothing);
    await client.spawnMany(Array.from({ length: 5 }, () => ({ taskName: "noop" })));
    assert.equal((await startWorker(quickConfig(url), noop, { maxTasks: 3 }).ended).completed, 3);
    assert.equal((await startWorker(quickConfig(url), noop, { once: true }).ended).completed, 1);
    assert.equal((await client.getQueueStats()).ready, 1);
  });
});

Deno.test("AbsurdWorker.run() completes each task once when two workers share 300", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    await client.spawnMany(
      Array.from({ length: 300 }, (_, index) => ({ taskName: "noop", params: { index } })),
    );
    const runs = new Map<string, number>();
    const executor = (task: ClaimedTask) => {
      runs.set(task.taskId, (runs.get(task.taskId) ?? 0) + 1);
      return Promise.resolve(null);
    };
    const config = quickConfig(url, { ABSURD_WORKER_CONCURRENCY: "20" });
    const workers = [
      startWorker(config, executor, { drain: true }),
      startWorker(config, executor, { drain: true }),
    ];
    const summaries = await Promise.all(workers.map(({ ended }) => ended));
    assert.equal(summaries[0].completed + summaries[1].completed, 300);
    assert.equal(runs.size, 300);
    assert.ok([...runs.values()].every((count) => count === 1));
    assert.equal((await client.getQueueStats()).completed, 300);
  });
});

Deno.test("AbsurdWorker.run() claims nothing while its executor sees an obstacle, and says so once", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const taskId = await client.spawn("noop");
    let looks = 0;
    const executor: TaskExecutor = () => Promise.resolve(null);
    executor.obstacle = () => Promise.resolve(++looks <= 3 ? `The disk is full, look ${looks}` : null);
    await using worker = startWorker(quickConfig(url), executor, { maxTasks: 1 });
    await worker.ended;
    assert.deepEqual(worker.events.filter(({ type }) => type === "warning"), [
      { type: "warning", message: "The disk is full, look 1" },
    ]);
    assert.equal((await client.getTask(taskId))!.status, "completed");
  });
});

Deno.test("AbsurdWorker.run() ends by itself while its executor sees an obstacle, and fails when a task is left", async () => {
  await withDatabase(async (_database, url) => {
    await using client = testClient(url);
    const executor: TaskExecutor = () => Promise.resolve(null);
    executor.obstacle = () => Promise.resolve("The disk is full");
    const run = async (options: WorkerOptions) => {
      await using worker = startWorker(quickConfig(url), executor, options);
      let isOver = false;
      worker.ended.catch(() => {}).then(() => isOver = true);
      await eventually(() => isOver);
      return (await worker.ended).completed;
    };
    assert.equal(await run({ drain: true }), 0);
    await client.spawn("noop");
    assert.equal(await run({ idleTimeoutSec: 0.3 }), 0);
    await assert.rejects(run({ drain: true }), { message: "Ready tasks are left: The disk is full" });
    await assert.rejects(run({ once: true }), { message: "No task was run: The disk is full" });
  });
});
