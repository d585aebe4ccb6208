import assert from "node:assert/strict";
import { AbsurdClient } from "../../lib/client.ts";
import { type Chain, STANDARD_PIPELINE_CHAIN } from "../../lib/chain.ts";
import type { ChainStep } from "../../lib/chain_step.ts";
import { type Database, json } from "../../lib/database.ts";
import type { Workflow } from "../../lib/documents.ts";
import { SCHEMA_VERSION } from "../../lib/version.ts";
import { advanceClock } from "../support/clock.ts";
import { emptyDatabase, withDatabase } from "../support/database.ts";

async function withClient(test: (client: AbsurdClient, database: Database) => Promise<void>): Promise<void> {
  await withDatabase(async (database, databaseUrl) => {
    await using client = new AbsurdClient({ databaseUrl, queueName: "test" });
    await test(client, database);
  });
}

/** Claims one task as a worker would. */
async function claim(database: Database): Promise<{ "task_id": string; attempt: number }> {
  const [row] = await database.call<{ "task_id": string; attempt: number }>("claim_tasks", {
    worker_id: "tester",
    queue_names: ["test"],
    limit: 1,
    settings: json({}),
  });
  return row;
}

/** Claims one task and ends it. */
async function finish(database: Database, outcome: { result: unknown } | { permanent: true }): Promise<void> {
  const name = "result" in outcome ? "complete_tasks" : "fail_tasks";
  const item = { ...await claim(database), reason: "error", message: "no luck", report: {}, ...outcome };
  const [answer] = await database.call(name, { outcomes: json([item]) });
  assert.equal(answer.outcome, "ok");
}

Deno.test("spawn() makes a task that getTask() shows", async () => {
  await withClient(async (client) => {
    const runAt = new Date("2126-10-25T06:00:00Z");
    const parent = await client.spawn("parent");
    const taskId = await client.spawn("image", { size: 512 }, {
      priority: 5,
      runAt,
      dependsOn: [parent],
      onParentFailure: "ignore",
      key: "scan-1",
      maxRetries: 7,
      timeoutSec: 90,
    });
    const task = (await client.getTask(taskId))!;
    assert.equal(task.queueName, "test");
    assert.equal(task.taskName, "image");
    assert.equal(task.status, "pending");
    assert.equal(task.state, "blocked");
    assert.deepEqual(task.params, { size: 512 });
    assert.equal(task.priority, 5);
    assert.deepEqual(task.runAt, runAt);
    assert.equal(task.key, "scan-1");
    assert.ok(task.createdAt instanceof Date);
    assert.deepEqual(task.dependsOn, [
      {
        taskId: parent,
        taskName: "parent",
        stepName: null,
        status: "pending",
        state: "ready",
        onParentFailure: "ignore",
      },
    ]);
    assert.deepEqual(task.attempts, []);
    assert.equal(await client.getTask(crypto.randomUUID()), null);
  });
});

Deno.test("spawnTask() returns the task that has the key already", async () => {
  await withClient(async (client) => {
    const first = await client.spawnTask("image", { size: 1 }, { key: "once" });
    assert.deepEqual(first, { taskId: first.taskId, created: true, paramsDiffer: false, offered: false });
    const again = await client.spawnTask("image", { size: 2 }, { key: "once" });
    assert.deepEqual(again, { taskId: first.taskId, created: false, paramsDiffer: true, offered: false });
  });
});

Deno.test("spawnTask() refuses what cannot be stored, naming the place", async () => {
  await withClient(async (client) => {
    await assert.rejects(client.spawn("image", { list: [1, "a\0b"] }), {
      name: "InvalidArgumentError",
      message: "params.list[1] holds \\u0000, which the database cannot store",
    });
    await assert.rejects(client.spawn("image", { value: NaN }), { message: /params\.value is NaN/ });
    await assert.rejects(client.spawn("image", { text: "x".repeat(2_000_000) }), {
      name: "NotStorableError",
    });
    await assert.rejects(client.spawn(""), { name: "InvalidArgumentError" });
    await assert.rejects(client.spawn("image", {}, { dependsOn: ["nonsense"] }), {
      name: "InvalidArgumentError",
    });
    await assert.rejects(client.spawn("image", {}, { dependsOn: [crypto.randomUUID()] }), {
      name: "NotFoundError",
    });
    assert.equal((await client.getQueueStats()).pending, 0);
  });
});

Deno.test("spawnMany() tells what became of each", async () => {
  await withClient(async (client) => {
    const results = await client.spawnMany([
      { taskName: "image", params: { size: 1 } },
      { taskName: "" },
      { taskName: "image", queueName: "other", priority: 3 },
    ]);
    assert.deepEqual(results.map(({ index, outcome }) => [index, outcome]), [[0, "ok"], [1, "invalid"], [
      2,
      "ok",
    ]]);
    assert.equal(results[1].taskId, null);
    assert.ok(results[1].message);
    assert.equal((await client.getTask(results[2].taskId!))!.queueName, "other");
    assert.deepEqual(await client.spawnMany([]), []);
  });
});

Deno.test("spawnChain() makes all steps in order, with shared parameters", async () => {
  await withClient(async (client) => {
    const chain = {
      name: "test",
      steps: [
        { name: "a", task: "first" },
        { name: "b", task: "second", params: { input: "own" } },
        { name: "c", task: "third", dependsOn: ["a"] },
      ],
    };
    const spawned = await client.spawnChain(chain, { input: "shared" }, { key: "scan-1", priority: 2 });
    assert.deepEqual(Object.keys(spawned.taskIds), ["a", "b", "c"]);
    assert.equal(spawned.created, true);
    const workflow = (await client.getWorkflow(spawned.workflowId))!;
    assert.equal(workflow.name, "test");
    assert.equal(workflow.status, "running");
    assert.deepEqual(
      workflow.steps.map(({ stepName, taskName, state, params, priority }) => {
        return [stepName, taskName, state, params.input, priority];
      }),
      [
        ["a", "first", "ready", "shared", 2],
        ["b", "second", "blocked", "own", 2],
        ["c", "third", "blocked", "shared", 2],
      ],
    );
    const again = await client.spawnChain(chain, { input: "other" }, { key: "scan-1" });
    assert.deepEqual(again, { ...spawned, created: false, paramsDiffer: true });
    const other = { name: "other", steps: [{ name: "z", task: "last" }] };
    const held = await client.spawnChain(other, { input: "shared" }, { key: "scan-1" });
    assert.deepEqual(
      held,
      { ...again, notOffered: ["first", "second", "third"] },
      "of the chain that has the key",
    );
    assert.equal(await client.getWorkflow(crypto.randomUUID()), null);
    await assert.rejects(
      client.spawnChain({ name: "loop", steps: [{ name: "a", task: "a", dependsOn: ["a"] }] }),
      { name: "InvalidGraphError" },
    );
  });
});

Deno.test("spawnChain() gives steps their own options, and edges their own policies, by every way", async () => {
  await withDatabase(async (_database, databaseUrl) => {
    await using client = new AbsurdClient({ databaseUrl, queueName: "test", maxRetries: 7 });
    const own = {
      priority: 5,
      delaySec: 60,
      maxRetries: 0,
      timeoutSec: 30,
      onParentFailure: "wait",
    } as const;
    const steps: ChainStep[] = [{ name: "a", task: "t" }, { name: "b", task: "t", dependsOn: [], ...own }];
    const under = (dependsOn: ChainStep["dependsOn"]): Chain => ({
      name: "test",
      steps: [...steps, { name: "c", task: "t", dependsOn, ...own }],
    });
    const plain = under(["a", "b"]);
    const mixed = under(["a", { step: "b", onParentFailure: "ignore" }]);
    const ways = [
      { chain: plain, policies: ["wait", "wait"] },
      { chain: plain, key: "k", policies: ["wait", "wait"] },
      { chain: mixed, policies: ["wait", "ignore"] },
    ];
    for (const { chain, key, policies } of ways) {
      const { workflowId } = await client.spawnChain(chain, {}, { key, priority: 2 });
      const [a, b, c] = (await client.getWorkflow(workflowId))!.steps;
      for (const step of [b, c]) {
        assert.deepEqual([step.priority, step.maxRetries, step.timeoutSec], [5, 0, 30]);
        assert.equal(step.runAt!.getTime() - step.createdAt.getTime(), 60_000);
      }
      assert.deepEqual([a.priority, a.maxRetries, a.state, b.state], [2, 7, "ready", "scheduled"]);
      assert.deepEqual(c.dependsOn.map(({ onParentFailure }) => onParentFailure), policies);
    }
    const odd = { ...own, name: "d", task: "t", timeoutSec: 0 };
    await assert.rejects(client.spawnChain({ name: "test", steps: [odd] }), {
      name: "InvalidArgumentError",
      message: "Step d: timeout_sec must be a number of seconds from 0.001 to ten years: 0",
    });
  });
});

Deno.test("spawnChain() takes a window for its key", async () => {
  await withClient(async (client, database) => {
    const chain = { name: "one", steps: [{ name: "a", task: "a" }] };
    const first = await client.spawnChain(chain, {}, { key: "k", keyWindowSec: 60 });
    await finish(database, { result: null });
    await advanceClock(database, 59);
    assert.equal((await client.spawnChain(chain, {}, { key: "k" })).workflowId, first.workflowId);
    await advanceClock(database, 2);
    assert.equal((await client.spawnChain(chain, {}, { key: "k" })).created, true);
  });
});

Deno.test("spawnOffered() spawns nothing that no live worker offers, and keeps no key for it", async () => {
  await withClient(async (client, database) => {
    assert.equal(await client.spawnOffered("image", { size: 1 }, { key: "k" }), null);
    assert.deepEqual(await database.query("select from absurd.tasks"), []);
    const info = json({ "queue_names": ["test"], "task_names": ["image"] });
    await database.call("register_worker", { "worker_id": "w", info });
    const spawned = (await client.spawnOffered("image", { size: 1 }, { key: "k" }))!;
    assert.equal(spawned.created, true);
    await database.call("deregister_worker", { "worker_id": "w" });
    const again = await client.spawnOffered("image", { size: 1 }, { key: "k" });
    assert.deepEqual(again, { ...spawned, created: false, offered: false }, "there is nothing to refuse");
    await assert.rejects(client.spawnOffered("image", {}, { priority: 0.5 }), {
      name: "InvalidArgumentError",
    });
  });
});

Deno.test("spawnChain() returns the id of a workflow that is gone, while its key counts", async () => {
  await withClient(async (client, database) => {
    const chain = { name: "test", steps: [{ name: "a", task: "first" }] };
    const spawned = await client.spawnChain(chain, {}, { key: "scan-1" });
    await finish(database, { result: null });
    await database.call("prune", { older_than_sec: 0 });
    assert.equal(await client.getWorkflow(spawned.workflowId), null);
    assert.deepEqual(
      await client.spawnChain(chain, {}, { key: "scan-1" }),
      { workflowId: spawned.workflowId, taskIds: {}, created: false, paramsDiffer: false, notOffered: [] },
    );
  });
});

Deno.test("listTasks(), findTaskIds(), listWorkflows(), findWorkflowIds() find by filter and prefix", async () => {
  await withClient(async (client) => {
    const { workflowId, taskIds } = await client.spawnChain(STANDARD_PIPELINE_CHAIN, { input: "/a" });
    const alone = await client.spawn("image");
    assert.equal((await client.listTasks()).length, 6);
    assert.equal((await client.listTasks({ limit: 2 })).length, 2);
    const ids = async (filter: Parameters<typeof client.listTasks>[0]) =>
      (await client.listTasks(filter)).map(({ taskId }) => taskId);
    assert.deepEqual(await ids({ taskName: "image" }), [alone, taskIds.image]);
    assert.deepEqual(await ids({ state: "ready", workflowId }), [taskIds.convert_uvh5]);
    assert.deepEqual(await ids({ queueName: "other" }), []);
    assert.deepEqual(await ids({ status: "completed" }), []);
    assert.deepEqual(await client.findTaskIds(alone), [alone]);
    assert.equal((await client.findTaskIds(alone.slice(0, 1))).length, 2);
    assert.deepEqual((await client.listWorkflows({ status: "running", name: "standard" })).length, 1);
    assert.deepEqual(await client.listWorkflows({ status: "failed", queueName: "test" }), []);
    assert.deepEqual(await client.findWorkflowIds(workflowId.slice(0, 30)), [workflowId]);
  });
});

Deno.test("cancelTask(), retryTask() and cancelWorkflow() change statuses, or say why not", async () => {
  await withClient(async (client, database) => {
    const taskId = await client.spawn("image", {}, { maxRetries: 0 });
    assert.equal(await client.cancelTask(taskId, { reason: "not wanted" }), "pending");
    assert.equal((await client.getTask(taskId))!.cancelReason, "not wanted");
    assert.equal(await client.cancelTask(taskId), "cancelled");
    await assert.rejects(client.cancelTask(crypto.randomUUID()), { name: "NotFoundError" });

    const failing = await client.spawn("image");
    await finish(database, { permanent: true });
    assert.equal(await client.retryTask(failing), "ready");
    assert.equal((await client.getTask(failing))!.failures, 0);
    await assert.rejects(client.retryTask(failing), { name: "WrongStatusError" });
    await client.cancelTask(failing);

    const { workflowId } = await client.spawnChain(STANDARD_PIPELINE_CHAIN);
    assert.equal(await client.cancelWorkflow(workflowId, { reason: "bad weather" }), 5);
    assert.equal((await client.getWorkflow(workflowId))!.status, "cancelled");
    await assert.rejects(client.cancelWorkflow(crypto.randomUUID()), { name: "NotFoundError" });
  });
});

Deno.test("listDeadLetters(), replayDeadLetters() and purgeDeadLetters() work on what failed", async () => {
  await withClient(async (client, database) => {
    const taskId = await client.spawn("image", { size: 1 });
    await finish(database, { permanent: true });
    const [letter] = await client.listDeadLetters({ queueName: "test" });
    assert.equal(letter.taskId, taskId);
    assert.equal(letter.error, "no luck");
    assert.ok(letter.failedAt instanceof Date);
    assert.deepEqual((await client.getDeadLetter(taskId))!.params, { size: 1 });
    assert.equal(await client.getDeadLetter(crypto.randomUUID()), null);

    await assert.rejects(client.replayDeadLetters({}), { name: "InvalidArgumentError" });
    assert.deepEqual(await client.replayDeadLetters({ taskIds: [taskId] }), [taskId]);
    assert.deepEqual(await client.listDeadLetters(), []);
    assert.equal((await client.listDeadLetters({ includeReplayed: true, limit: 5 })).length, 1);
    await finish(database, { permanent: true });
    assert.deepEqual(await client.purgeDeadLetters({ all: true }), [taskId]);
    assert.equal((await client.getTask(taskId))!.status, "failed");
  });
});

Deno.test("AbsurdClient makes no dead letters when it was told not to", async () => {
  await withDatabase(async (database, databaseUrl) => {
    await using client = new AbsurdClient({
      databaseUrl,
      queueName: "test",
      dlqEnabled: false,
      maxRetries: 1,
    });
    const taskId = await client.spawn("image");
    await finish(database, { permanent: true });
    assert.deepEqual(await client.listDeadLetters(), []);
    assert.equal((await client.getTask(taskId))!.maxRetries, 1);
  });
});

Deno.test("getQueueStats(), listQueueStats(), pauseQueue() and resumeQueue() know queues", async () => {
  await withClient(async (client) => {
    await client.spawn("image");
    await client.spawn("image", {}, { delaySec: 60 });
    const { queueName, pending, ready, scheduled, paused, oldestReadyAt } = await client.getQueueStats();
    assert.deepEqual([queueName, pending, ready, scheduled, paused], ["test", 2, 1, 1, false]);
    assert.ok(oldestReadyAt instanceof Date);
    await client.pauseQueue();
    assert.deepEqual((await client.listQueueStats()).map(({ held, paused }) => [held, paused]), [[1, true]]);
    await client.resumeQueue("test");
    assert.equal((await client.getQueueStats("test")).held, 0);
    assert.equal((await client.getQueueStats("unknown")).pending, 0);
  });
});

Deno.test("listWorkers() and recoverClaims() know who is silent", async () => {
  await withClient(async (client, database) => {
    const taskId = await client.spawn("image");
    await database.call("register_worker", {
      worker_id: "tester",
      info: json({ hostname: "node1", pid: 1, version: "0.1.0", queue_names: ["test"], concurrency: 2 }),
    });
    await claim(database);
    const [worker] = await client.listWorkers();
    assert.equal(worker.workerId, "tester");
    assert.equal(worker.live, true);
    assert.equal(worker.taskNames, null);
    assert.ok(worker.heartbeatAt instanceof Date);
    assert.deepEqual(worker.tasks, [{ taskId, taskName: "image", attempt: 1 }]);
    await advanceClock(database, 200);
    assert.equal((await client.listWorkers())[0].live, false);
    assert.deepEqual(await client.recoverClaims(), [], "the first look only suspects");
    await advanceClock(database, 40);
    const [recovered] = await client.recoverClaims();
    assert.deepEqual([recovered.taskId, recovered.attempt, recovered.workerId], [taskId, 1, "tester"]);
    assert.equal((await client.getTask(taskId))!.errorReason, "lost");
  });
});

Deno.test("waitForTask() returns the task at its end, times out, and is interrupted", async () => {
  await withClient(async (client, database) => {
    const taskId = await client.spawn("image");
    await assert.rejects(client.waitForTask(taskId, { timeoutSec: 0.1 }), {
      name: "WaitTimeoutError",
      message: `Waited 0.1 s for task ${taskId}, which has not ended`,
    });
    await assert.rejects(client.waitForTask(taskId, { signal: AbortSignal.abort("SIGINT") }), (reason) => {
      return reason === "SIGINT";
    });
    const waiting = client.waitForTask(taskId, { timeoutSec: 30 });
    await finish(database, { result: { ok: true } });
    assert.deepEqual((await waiting).result, { ok: true });
    await assert.rejects(client.waitForTask(crypto.randomUUID()), { name: "NotFoundError" });
  });
});

Deno.test("waitForWorkflow() shows each change until the end", async () => {
  await withClient(async (client, database) => {
    const chain = { name: "pair", steps: [{ name: "a", task: "a" }, { name: "b", task: "b" }] };
    const { workflowId } = await client.spawnChain(chain);
    const seen: string[] = [];
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const waiting = client.waitForWorkflow(workflowId, { timeoutSec: 30 }, (workflow: Workflow) => {
      seen.push(workflow.steps.map(({ status }) => status).join(" "));
      begin();
    });
    await begun;
    await finish(database, { result: null });
    await finish(database, { result: null });
    assert.equal((await waiting).status, "completed");
    assert.equal(seen[0], "pending pending");
    assert.equal(seen.at(-1), "completed completed");
    await assert.rejects(client.waitForWorkflow(crypto.randomUUID()), { name: "NotFoundError" });
  });
});

Deno.test("waitForTask() goes on when all connections are terminated", async () => {
  await withClient(async (client, database) => {
    const taskId = await client.spawn("image");
    const waiting = client.waitForTask(taskId, { timeoutSec: 30 });
    for (let round = 0; round < 3; round++) {
      await database.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
      );
    }
    await finish(database, { result: null });
    assert.equal((await waiting).status, "completed");
  });
});

Deno.test("installSchema(), schemaVersion() and checkSchema() take an empty database to a working one", async () => {
  await using own = await emptyDatabase();
  await using client = await new AbsurdClient({ databaseUrl: own.url }).connect();
  assert.equal(await client.schemaVersion(), null);
  await assert.rejects(client.spawn("image"), { name: "SchemaError", hint: "Run: absurd init" });
  const { version, created } = await client.installSchema();
  assert.deepEqual([version, created], [SCHEMA_VERSION, true]);
  assert.equal(await client.schemaVersion(), SCHEMA_VERSION);
  assert.deepEqual(await client.checkSchema(), []);
  assert.ok(await client.spawn("image"));
});

Deno.test("AbsurdClient connects again after close()", async () => {
  await withClient(async (client) => {
    await client.spawn("image");
    await client.close();
    await client.close();
    assert.equal((await client.getQueueStats()).pending, 1);
  });
});

Deno.test("AbsurdClient.fromEnv() takes overrides over variables", async () => {
  await withDatabase(async (_database, databaseUrl) => {
    await using client = AbsurdClient.fromEnv({ databaseUrl, queueName: "mine" });
    const taskId = await client.spawn("image");
    assert.equal((await client.getTask(taskId))!.queueName, "mine");
  });
});
