// deno-lint-ignore-file no-console -- what was counted is worth knowing when it is right, too
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Database } from "../../lib/database.ts";
import { withDatabase } from "../support/database.ts";
import { assertNoProcesses, eventually, type RunOptions, startCli } from "../support/process.ts";
import { quickSettings, withFolder } from "./support.ts";

const STAGES = fileURLToPath(new URL("../fixtures/kill/absurd.json", import.meta.url));
const WORKER = ["worker", "--stages", STAGES, "--concurrency", "8"];

const TASKS = 200;
const KILLS = 20;

/** A sink with no constraint of its own: it would show it if a result were taken twice. */
const PRODUCTS = `
  create table products (task_id uuid not null, attempt int not null, path text not null);
  create function take_product(p_task_id uuid, p_attempt int, p_result jsonb) returns void language sql as
    'insert into public.products values (p_task_id, p_attempt, p_result ->> ''path'')';
  select absurd.register_sink('products', 'take_product(uuid, int, jsonb)'::regprocedure);`;

Deno.test(`each of ${TASKS} tasks completes once though their worker is killed ${KILLS} times`, async () => {
  await withFolder((folder) =>
    withDatabase(async (database, url) => {
      await database.script(PRODUCTS);
      await spawnTasks(database);
      const env = { ...quickSettings(url, folder), ABSURD_LEASE: "3", ABSURD_HEARTBEAT_INTERVAL: "0.25" };

      const held: string[] = [];
      for (let kill = 0; kill < KILLS; kill++) held.push(...await killWorker(database, { env }, folder));
      await using last = startCli([...WORKER, "--drain"], { env });
      assert.equal((await last.result).code, 0, last.stderr);

      const { completed, lost, "gave up": gaveUp = [], ...others } = await listAttempts(database);
      console.log(`${KILLS} kills; ${lost.length} claims lost, ${gaveUp.length} given up, none otherwise`);
      assert.deepEqual(others, {});
      assert.equal(completed.length, TASKS);
      assert.deepEqual(lost, held.sort(), "other claims were lost than those that were held at the kills");
      await assertProducts(database, folder);
      await assertNoProcesses({ marker: folder }, { timeoutMs: 2_000 });
    })
  );
});

/** From 0.3 to 1 s each, in an order that is the same in each run. */
async function spawnTasks(database: Database): Promise<void> {
  await database.query(`
    select absurd.spawn_task('dsa110-pipeline', 'produce',
      jsonb_build_object('seconds', 0.3 + (i * 37 % 71) / 100.0), '{"max_retries": 20}')
    from generate_series(1, ${TASKS}) as i`);
}

/** Starts a worker, kills it while it holds claims, and returns which these were. */
async function killWorker(database: Database, options: RunOptions, folder: string): Promise<string[]> {
  await using worker = startCli(WORKER, options);
  const workerId = await eventually(() => findWorker(database, worker.pid), { timeoutMs: 30_000 });
  await eventually(async () => (await listClaims(database, workerId)).length > 0, { timeoutMs: 30_000 });
  // Somewhere between a claim and a completion, or in the middle of either.
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 800));
  worker.kill("SIGKILL");
  await worker.result;
  await assertNoProcesses({ marker: folder }, { timeoutMs: 2_000 });
  // What it had sent may still be under way on the server.
  await eventually(async () => await countConnections(database) === 0, { intervalMs: 5 });
  const held = await listClaims(database, workerId);
  assert(held.length > 0, "the worker held no claim when it was killed");
  return held;
}

async function findWorker(database: Database, pid: number): Promise<string | undefined> {
  const rows = await database.query<{ id: string }>(
    "select worker_id as id from absurd.workers where pid = $1 order by started_at desc limit 1",
    [pid],
  );
  return rows[0]?.id;
}

/** Claims of a worker, as TASK:ATTEMPT. */
async function listClaims(database: Database, workerId: string): Promise<string[]> {
  const rows = await database.query<{ claim: string }>(
    "select task_id || ':' || attempt as claim from absurd.tasks where status = 'claimed' and worker_id = $1",
    [workerId],
  );
  return rows.map(({ claim }) => claim);
}

/** Connections to the database that are not the test's own. */
async function countConnections(database: Database): Promise<number> {
  const [{ count }] = await database.query<{ count: number }>(`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name <> 'absurd test'`);
  return count;
}

/** Attempts by outcome, as TASK:ATTEMPT. */
async function listAttempts(database: Database): Promise<Record<string, string[]>> {
  const rows = await database.query<{ outcome: string; claims: string[] }>(
    // A worker that a busy machine kept from the database for half of the short lease ends its stages by itself, and
    // says so: nothing was lost.
    `select case when outcome = 'failed' and reason = 'lost' then 'gave up' else outcome end as outcome,
      array_agg(a.task_id || ':' || a.attempt) as claims
    from absurd.tasks as t cross join lateral absurd._attempts_of(t.task_id) as a group by 1`,
  );
  return Object.fromEntries(rows.map(({ outcome, claims }) => [outcome, claims.sort()]));
}

/** Each task is completed, its result was taken once, and its product is the one that the result names. */
async function assertProducts(database: Database, folder: string): Promise<void> {
  const rows = await database.query<{ id: string; status: string; attempt: number; paths: string[] }>(`
    select t.task_id::text as id, t.status, t.attempt, array_agg(p.path) as paths
    from absurd.tasks as t left join products as p on p.task_id = t.task_id and p.attempt = t.attempt
    group by t.task_id`);
  assert.equal(rows.length, TASKS);
  for (const { id, status, attempt, paths } of rows) {
    assert.equal(status, "completed");
    assert.deepEqual(paths, [join(folder, id, String(attempt), "product.txt")]);
    // Not through the link "current": a worker may have been killed between the database's answer and the link.
    assert.equal(await Deno.readTextFile(paths[0]), "product\n");
  }
  const [{ count }] = await database.query<{ count: number }>("select count(*)::int as count from products");
  assert.equal(count, TASKS);
}
