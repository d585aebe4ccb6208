import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { checkSchema } from "../../lib/schema_check.ts";
import type { Database } from "../../lib/database.ts";
import { eventually, runCli } from "../support/process.ts";
import { type Claim, claimOne, complete, failForGood, type Row, rows, spawn, value } from "../sql/queue.ts";
import {
  type Note,
  type OldVersion,
  QUEUE,
  repeated,
  withOldVersion,
  type World,
  wrongCounts,
} from "./upgrade_support.ts";

/** Where tasks stand at the moment of the upgrade. */
const BEFORE = {
  completed: "completed",
  failed: "failed",
  replayed: "failed",
  cancelled: "cancelled",
  silent: "claimed",
  later: "scheduled",
  "a": "completed",
  "b": "claimed",
  "c": "blocked",
  running: "claimed",
  failing: "claimed",
  revoked: "claimed",
  child: "blocked",
  soon: "scheduled",
  ready: "ready",
};

/** How they end: the state, and how their attempts ended. */
const AFTER = {
  completed: ["completed", "completed"],
  failed: ["failed", "failed"],
  replayed: ["completed", "failed", "completed"],
  cancelled: ["cancelled"],
  silent: ["completed", "lost", "completed"],
  later: ["scheduled"],
  "a": ["completed", "completed"],
  "b": ["completed", "completed"],
  "c": ["completed", "completed"],
  running: ["completed", "completed"],
  failing: ["failed", "failed", "failed"],
  revoked: ["cancelled", "cancelled"],
  child: ["completed", "completed"],
  soon: ["completed", "completed"],
  ready: ["completed", "completed"],
};

/** Spawns a task into the queue of the workers. */
async function put(database: Database, name: string, params = {}, options = {}): Promise<string> {
  return await spawn(database, options, { name, queue: QUEUE, params });
}

/** Tasks that are over or wait, made by the functions of the old schema before there is a worker. */
async function makePast(database: Database): Promise<void> {
  const settings = { "lease_sec": 3600, "heartbeat_sec": 0.5 };
  const take = (worker = "past"): Promise<Claim> => claimOne(database, { worker, queues: [QUEUE], settings });
  await put(database, "completed");
  await complete(database, await take(), { made: "completed" });
  for (const name of ["failed", "replayed"]) {
    await put(database, name);
    await failForGood(database, await take());
  }
  await value(database, "cancel_task", { "task_id": await put(database, "cancelled"), reason: "by hand" });
  await put(database, "later", {}, { "delay_sec": 3600 });
  await put(database, "silent");
  await take("silent"); // whom nobody will hear of again
}

/** Tasks that run, wait for these, or are ready though all slots of the worker are taken. */
async function makePresent({ database, go, journal }: World): Promise<void> {
  const running = await put(database, "running", { until: go });
  await put(database, "failing", { until: go, fail: true }, { "max_retries": 1 });
  await put(database, "revoked", { until: go });
  const steps = [
    { name: "a", "task_name": "a" },
    { name: "b", "task_name": "b", "depends_on": ["a"], params: { until: go } },
    { name: "c", "task_name": "c", "depends_on": ["b"] },
  ];
  await rows(database, "spawn_workflow", { workflow: { name: "chain", "queue_name": QUEUE, steps } });
  await eventually(async () => (await journal()).filter(({ what }) => what === "begun").length === 5);
  await put(database, "child", {}, { "depends_on": [running] });
  await put(database, "soon", {}, { "delay_sec": 30 });
  await put(database, "ready");
}

async function states(database: Database): Promise<Record<string, string>> {
  const tasks = await database.query<{ name: string; state: string }>(
    "select task_name as name, state from absurd.tasks where queue_name = $1",
    [QUEUE],
  );
  return Object.fromEntries(tasks.map(({ name, state }) => [name, state]));
}

/** The state of each task, and how its attempts ended. */
async function ends(database: Database): Promise<Record<string, string[]>> {
  const tasks = await database.query<{ task: Row }>(
    "select absurd.get_task(task_id) as task from absurd.tasks where queue_name = $1",
    [QUEUE],
  );
  return Object.fromEntries(
    tasks.map((
      { task },
    ) => [task.task_name, [task.state, ...task.attempts.map(({ outcome }: Row) => outcome)]]),
  );
}

/** Waits for tasks to stand so, and shows the difference when they never do. */
async function untilEnds(database: Database, expected: Record<string, string[]>): Promise<void> {
  const stand = async () => isDeepStrictEqual(await ends(database), expected);
  await eventually(stand, { timeoutMs: 30_000 }).catch(() => {});
  assert.deepEqual(await ends(database), expected);
}

async function idOf(database: Database, name: string): Promise<string> {
  const [{ id }] = await database.query<{ id: string }>(
    "select task_id as id from absurd.tasks where queue_name = $1 and task_name = $2",
    [QUEUE, name],
  );
  return id;
}

/** Lets what only time brings come at once: a due time, and the end of a lease. */
async function passTime(database: Database): Promise<void> {
  await database.script(`
    update absurd.tasks set run_at = now() where task_name = 'soon';
    update absurd.tasks set heartbeat_at = now() - interval '2 hours' where task_name = 'silent'`);
}

/** No run began twice, and both workers ran something; what ran at the upgrade ended in the worker that had begun it. */
function assertRuns(journal: readonly Note[], version: OldVersion): void {
  assert.deepEqual(repeated(journal), []);
  const ended = journal.filter(({ what }) => what === "ended");
  assert.deepEqual(
    [...new Set(ended.map((note) => note.version))].toSorted(),
    ["current", version].toSorted(),
  );
  for (const { run, version } of ended) {
    assert.equal(journal.find((note) => note.run === run && note.what === "begun")?.version, version);
  }
}

for (const version of ["first", "v11"] as const satisfies OldVersion[]) {
  Deno.test(`tasks in every state and a worker of version ${version} live through an upgrade, and a newer worker joins`, async () => {
    await withOldVersion(version, async (world) => {
      const { database, env, go } = world;
      await makePast(database);
      await using old = world.start(version);
      await makePresent(world);
      assert.deepEqual(await states(database), BEFORE);

      const init = await runCli(["init"], { env });
      assert.equal(init.code, 0, init.stderr);
      assert.deepEqual(await states(database), BEFORE);

      await using young = world.start("current");
      await rows(database, "replay_dead_letters", { filter: { "task_name": "replayed" } });
      await passTime(database);
      // All but what waits for the file, or for what does: the older worker has no room.
      const waiting = ["b", "c", "running", "failing", "revoked", "child"] as const;
      await untilEnds(database, {
        ...AFTER,
        ...Object.fromEntries(waiting.map((name) => [name, [BEFORE[name]]])),
      });
      await value(database, "cancel_task", { "task_id": await idOf(database, "revoked") });
      await Deno.writeTextFile(go, "");
      await untilEnds(database, AFTER);

      assert.deepEqual(
        (await value<Row>(database, "get_task", { "task_id": await idOf(database, "c") })).result,
        {
          made: "c",
          from: ["a", "b"],
        },
      );
      assertRuns(await world.journal(), version);
      for (const worker of [old, young]) {
        worker.kill("SIGTERM");
        assert.equal((await worker.result).code, 0, worker.stderr);
        assert.doesNotMatch(worker.stderr, /"lost":[1-9]/);
      }
      assert.deepEqual(await wrongCounts(database), []);
      assert.deepEqual(await checkSchema(database), []);
    });
  });
}
