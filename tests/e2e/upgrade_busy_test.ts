import assert from "node:assert/strict";
import { checkSchema } from "../../lib/schema_check.ts";
import { type Database, openDatabase } from "../../lib/database.ts";
import { eventually, runCli } from "../support/process.ts";
import { rows, spawn } from "../sql/queue.ts";
import { QUEUE, repeated, withOldVersion, wrongCounts } from "./upgrade_support.ts";

const STEPS = [
  { name: "a", "task_name": "a" },
  { name: "b", "task_name": "b", "depends_on": ["a"] },
  { name: "c", "task_name": "c", "depends_on": ["a", "b"] },
];

/** Calls that programs of this version make all the time; each returns how many tasks it has spawned. */
const CALLS: readonly ((database: Database) => Promise<number>)[] = [
  ...Array.from({ length: 3 }, () => async (database: Database) => {
    await spawn(database, {}, { name: "single", queue: QUEUE });
    return 1;
  }),
  async (database) => {
    const workflow = { name: "graph", "queue_name": QUEUE, steps: STEPS };
    return (await rows(database, "spawn_workflow", { workflow })).length;
  },
  async (database) => {
    await rows(database, "get_queue_stats", { "queue_name": QUEUE });
    return 0;
  },
];

/** Calls again and again until disposed of; then tells how many tasks were spawned. A call that fails fails it. */
function keepCalling(url: string): { stop(): Promise<number> } {
  const stopped = new AbortController();
  const calling = CALLS.map(async (call) => {
    await using database = openDatabase({ url });
    let spawned = 0;
    while (!stopped.signal.aborted) spawned += await call(database);
    return spawned;
  });
  const all = Promise.all(calling);
  all.catch(() => {}); // told by stop()
  return {
    async stop() {
      stopped.abort();
      return (await all).reduce((sum, spawned) => sum + spawned);
    },
  };
}

async function count(database: Database, condition: string): Promise<number> {
  const [{ count }] = await database.query<{ count: number }>(
    `select count(*)::int as count from absurd.tasks where ${condition}`,
  );
  return count;
}

for (const version of ["first", "v11"] as const) {
  Deno.test(`a queue that workers of version ${version} and spawning programs keep busy is upgraded, and no call fails`, async () => {
    await withOldVersion(version, async ({ database, env, start, journal }) => {
      const before = await count(database, "true");
      await using first = start(version);
      await using second = start(version);
      const calls = keepCalling(env.ABSURD_DATABASE_URL);
      await eventually(() => count(database, "task_name = 'c' and state = 'completed'"), {
        timeoutMs: 30_000,
      });

      const init = await runCli(["init"], { env, timeoutMs: 90_000 });
      assert.equal(init.code, 0, init.stderr);
      const done = await count(database, "state = 'completed'");
      await eventually(async () => await count(database, "state = 'completed'") > done + 20, {
        timeoutMs: 30_000,
      });
      const spawned = await calls.stop();
      // A program of the older version that is started now is let in.
      await using third = start(version);
      await eventually(() => third.stderr.includes(`"started"`));
      const open = `queue_name = '${QUEUE}' and status in ('pending', 'claimed')`;
      await eventually(async () => await count(database, open) === 0, { timeoutMs: 60_000 });

      assert.equal(await count(database, "true"), before + spawned);
      assert.equal(
        await count(database, `queue_name = '${QUEUE}' and (state <> 'completed' or attempt <> 1)`),
        0,
      );
      const runs = await journal();
      assert.deepEqual(repeated(runs), []);
      assert.equal(runs.length, 2 * spawned, "as many runs began as ended");
      assert.deepEqual(await wrongCounts(database), []);
      assert.deepEqual(await checkSchema(database), []);
      for (const worker of [first, second, third]) {
        worker.kill("SIGTERM");
        assert.equal((await worker.result).code, 0, worker.stderr);
      }
    });
  });
}
