import assert from "node:assert/strict";
import type { Database } from "../../../lib/database.ts";
import { DatabaseUnavailableError } from "../../../lib/errors.ts";
import type { ClaimedTask, TaskExecutor } from "../../../lib/task.ts";
import { WorkerCalls } from "../../../lib/worker/calls.ts";
import type { Outcome } from "../../../lib/worker/outcome.ts";
import { withDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { spawnFan } from "../../sql/fan.ts";
import { completeReserved, reserve } from "../../sql/reservations.ts";
import { quickConfig, type StartedWorker, startWorker, testClient, waitForStop } from "./_worker.ts";

/** Enough for a worker to learn that its tasks are short, and then to reserve what comes behind them. */
const SHORT = Array.from({ length: 100 }, (_, index) => ({ taskName: "short", params: { index } }));

const reservations = (database: Database) => database.query("select from absurd.reservations");

/** Does tasks named `short` at once, and the others as `special` does. */
function shortOr(special: TaskExecutor): TaskExecutor {
  return (task, context) =>
    task.taskName === "short" ? Promise.resolve({ ...task.params }) : special(task, context);
}

/** A special task that is reserved and begun. */
interface Reserved {
  readonly id: string;
  readonly url: string;
  readonly database: Database;
  readonly worker: StartedWorker;
}

/** Runs short tasks, and then one that is reserved with the last of them: what `special` does is its run. */
async function withReserved(special: TaskExecutor, look: (found: Reserved) => Promise<void>): Promise<void> {
  await withDatabase(async (database, url) => {
    await using client = testClient(url);
    await client.spawnMany(SHORT);
    const id = await client.spawn("special", {}, { priority: -1 });
    const begun = Promise.withResolvers<ClaimedTask>();
    const executor = shortOr((task, context) => {
      begun.resolve({ ...task });
      return special(task, context);
    });
    const config = quickConfig(url, { ABSURD_WORKER_CONCURRENCY: "2", ABSURD_GRACE_PERIOD: "0" });
    await using worker = startWorker(config, executor);
    const reserved = await Promise.race([begun.promise, worker.ended.then(() => assert.fail("it ended"))]);
    assert.ok(reserved.reservationId, "the special task was not reserved");
    await look({ id, url, database, worker });
    await eventually(async () => (await reservations(database)).length === 0);
  });
}

Deno.test("AbsurdWorker.run() reserves short tasks, and completes each as one attempt", async () => {
  await withDatabase(async (database, url) => {
    await using client = testClient(url);
    const spawned = await client.spawnMany([...SHORT, ...SHORT, ...SHORT]);
    let reserved = 0;
    const worker = startWorker(quickConfig(url, { ABSURD_WORKER_CONCURRENCY: "2" }), (task) => {
      if (task.reservationId) reserved++;
      return Promise.resolve({ of: task.taskId });
    }, { maxTasks: 300 });
    assert.equal((await worker.ended).completed, 300);
    assert.ok(reserved > 200, `${reserved} of 300`);
    for (const { taskId: id } of [spawned[0], spawned[150], spawned[299]]) {
      const { status, result, attempts } = (await client.getTask(id!))!;
      assert.deepEqual([status, result, attempts?.map(({ outcome }) => outcome)], [
        "completed",
        { of: id },
        ["completed"],
      ]);
    }
    const told = await database.query<{ status: string; count: number }>(`
      select status, sum(coalesce(cardinality(task_ids), 1))::int as count from absurd.event_batches
      where kind = 'task' group by status order by status`);
    assert.deepEqual(told.map(({ status, count }) => [status, count]), [
      ["claimed", 300],
      ["completed", 300],
      ["pending", 300],
    ]);
    assert.deepEqual(await reservations(database), []);
  });
});

Deno.test("AbsurdWorker.run() claims what is reserved when it lasts, and beats for it", async () => {
  const mayEnd = Promise.withResolvers<null>();
  await withReserved(() => mayEnd.promise, async ({ id, url, database }) => {
    await using client = testClient(url);
    const beat = async () => {
      const [row] = await database.query<{ at: Date }>(
        "select heartbeat_at as at from absurd.tasks where task_id = $1 and state = 'claimed' and worker_id is not null",
        [id],
      );
      return row?.at.getTime();
    };
    const first = await eventually(beat);
    await eventually(async () => await beat() > first);
    mayEnd.resolve(null);
    const { attempt, failures } = await client.waitForTask(id, { timeoutSec: 30 });
    assert.deepEqual([attempt, failures], [1, 0]);
  });
});

Deno.test("AbsurdWorker.run() claims what is reserved when it fails, and tries it again", async () => {
  const failOnce: TaskExecutor = ({ attempt }) =>
    attempt === 1 ? Promise.reject(new Error("boom")) : Promise.resolve({ attempt });
  await withReserved(failOnce, async ({ id, url }) => {
    await using client = testClient(url);
    const { result, failures, attempts } = await client.waitForTask(id, { timeoutSec: 30 });
    assert.deepEqual([result, failures], [{ attempt: 2 }, 1]);
    assert.deepEqual(attempts!.map(({ outcome }) => outcome), ["failed", "completed"]);
    assert.match(attempts![0].message!, /boom/);
  });
});

Deno.test("AbsurdWorker.run() claims what is reserved when it is told to stop, and gives it back", async () => {
  await withReserved(waitForStop, async ({ id, url, worker }) => {
    assert.equal((await worker.stop()).released, 1);
    await using client = testClient(url);
    const { state, attempt, failures, attempts } = (await client.getTask(id))!;
    assert.deepEqual([state, attempt, failures], ["ready", 1, 0]);
    assert.deepEqual(attempts!.map(({ outcome }) => outcome), ["released"]);
  });
});

Deno.test("AbsurdWorker.run() claims what is reserved when it has something to tell", async () => {
  const mayEnd = Promise.withResolvers<null>();
  const telling: TaskExecutor = (_task, { progress, log }) => {
    progress(0.5, "halfway");
    log!("a line");
    return mayEnd.promise;
  };
  await withReserved(telling, async ({ id, url, database }) => {
    await using client = testClient(url);
    await eventually(async () => (await client.getTask(id))!.progress?.message === "halfway");
    const lines = () => database.query("select from absurd.task_logs where task_id = $1", [id]);
    await eventually(async () => (await lines()).length > 0);
    assert.equal((await client.getTask(id))!.status, "claimed");
    mayEnd.resolve(null);
    await client.waitForTask(id, { timeoutSec: 30 });
  });
});

/** Calls `use` while the first call of the worker's method that `isMeant` says is made, and its answer lost. */
async function withLostAnswer<Name extends "claim" | "writeOutcomes">(
  name: Name,
  isMeant: (args: unknown[], answer: unknown) => boolean,
  use: () => Promise<void>,
): Promise<void> {
  const original = WorkerCalls.prototype[name] as (...args: unknown[]) => Promise<unknown>;
  let lost = 0;
  const losing = async function (this: WorkerCalls, ...args: unknown[]) {
    const answer = await original.apply(this, args);
    if (lost > 0 || !isMeant(args, answer)) return answer;
    lost++;
    throw new DatabaseUnavailableError("The answer was lost");
  };
  Object.assign(WorkerCalls.prototype, { [name]: losing });
  try {
    await use();
    assert.equal(lost, 1);
  } finally {
    Object.assign(WorkerCalls.prototype, { [name]: original });
  }
}

/** Drains 300 short tasks; how often each of them ran, and as which attempt it completed. */
async function drain(): Promise<{ runs: number[]; attempts: number[]; lost: number }> {
  let found: { runs: number[]; attempts: number[]; lost: number } | undefined;
  await withDatabase(async (database, url) => {
    await using client = testClient(url);
    await client.spawnMany([...SHORT, ...SHORT, ...SHORT]);
    const runs = new Map<string, number>();
    const worker = startWorker(quickConfig(url, { ABSURD_WORKER_CONCURRENCY: "2" }), ({ taskId }) => {
      runs.set(taskId, (runs.get(taskId) ?? 0) + 1);
      return Promise.resolve(null);
    }, { drain: true });
    const { completed, lost } = await worker.ended;
    assert.deepEqual([completed, await reservations(database)], [300, []]);
    const rows = await database.query<{ attempt: number }>("select attempt from absurd.tasks");
    found = { runs: [...runs.values()], attempts: rows.map(({ attempt }) => attempt), lost };
  });
  return found!;
}

Deno.test("AbsurdWorker.run() gives back what it reserved without knowing, and runs it as the next attempt", async () => {
  const isReserved = (_: unknown, tasks: unknown) => !!(tasks as ClaimedTask[])[0]?.reservationId;
  await withLostAnswer("claim", isReserved, async () => {
    const { runs, attempts, lost } = await drain();
    assert.deepEqual([runs.length, new Set(runs), lost], [300, new Set([1]), 0]);
    assert.ok(attempts.filter((attempt) => attempt === 2).length > 0);
  });
});

Deno.test("AbsurdWorker.run() completes what was reserved once though the answer to it was lost", async () => {
  const isReserved = (args: unknown[]) => !!(args[1] as Outcome[])[0].task.reservationId;
  await withLostAnswer("writeOutcomes", isReserved, async () => {
    const { runs, attempts, lost } = await drain();
    assert.deepEqual([runs.length, new Set(runs), new Set(attempts), lost], [
      300,
      new Set([1]),
      new Set([1]),
      0,
    ]);
  });
});

Deno.test("AbsurdWorker.run() tells a failure as such though the answer to it was lost", async () => {
  const isFailure = ([name]: unknown[]) => name === "fail_tasks";
  await withLostAnswer("writeOutcomes", isFailure, async () => {
    await withDatabase(async (_database, url) => {
      await using client = testClient(url);
      await client.spawn("work", {}, { maxRetries: 0 });
      const worker = startWorker(quickConfig(url), () => Promise.reject(new Error("boom")), { drain: true });
      const { failed, lost } = await worker.ended;
      assert.deepEqual([failed, lost], [1, 0]);
    });
  });
});

Deno.test("a drain waits for children that another worker has reserved before they were free", async () => {
  await withDatabase(async (database, url) => {
    const { workflow, tasks: { a, b, c, d, e, f } } = await spawnFan(database);
    const { id } = await reserve(database, 6);
    const config = quickConfig(url, { ABSURD_QUEUE_NAME: "q" });
    await using worker = startWorker(config, () => Promise.resolve(null), { drain: true });
    assert.deepEqual(await worker.event("waiting"), { type: "waiting", rest: "claims of other workers" });
    await completeReserved(database, id, [a, b, c, d, e, f].map((one) => [one, null]));
    assert.equal((await worker.ended).completed, 1);
    const [{ status }] = await database.query("select status from absurd.workflows where workflow_id = $1", [
      workflow,
    ]);
    assert.equal(status, "completed");
  });
});

Deno.test("what a killed worker had reserved is run by others, and counts no failure", async () => {
  await withDatabase(async (database, url) => {
    await using client = testClient(url);
    await client.spawnMany([...SHORT, ...SHORT, ...SHORT]);
    const program = new URL("./_killed_worker.ts", import.meta.url).pathname;
    const { signal } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--allow-all", program, url, "150"],
    }).output();
    assert.equal(signal, "SIGKILL");
    // What it had claimed, not written, and not only taken ahead, had begun: that is a failure.
    const [{ open, claimed, begun }] = await database.query<{ open: number; claimed: number; begun: number }>(
      `
      select sum(r.open)::int as open, c.claimed, c.begun
      from absurd.reservations as r
      cross join (
        select count(*)::int as claimed, count(*) filter (where claimed_ahead is not true)::int as begun
        from absurd.tasks
        where state = 'claimed'
      ) as c
      group by c.claimed, c.begun`,
    );
    assert.ok(open > 100, `${open} tasks were reserved`);
    const worker = startWorker(quickConfig(url), () => Promise.resolve(null), { drain: true });
    await worker.ended;
    const tasks = await client.listTasks({ status: "completed", limit: 300 });
    assert.deepEqual([tasks.length, tasks.filter(({ failures }) => failures > 0).length], [300, begun]);
    const [{ count }] = await database.query<{ count: number }>(
      "select count(*)::int as count from absurd.attempts where outcome = 'lost'",
    );
    assert.equal(count, open + claimed);
    assert.deepEqual(await reservations(database), []);
  });
});
