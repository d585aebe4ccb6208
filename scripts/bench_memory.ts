// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * Memory of a worker: when idle, and while it runs many tasks in its own process (`deno task bench:memory`, TASKS as
 * argument, 50000 by default). Prints megabytes; exits 1 when an idle worker takes 120 MB or more, or when the second
 * half of the tasks makes it grow by more than 10 MB.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import { AbsurdConfig } from "../lib/config.ts";
import type { Database } from "../lib/database.ts";
import { AbsurdWorker } from "../lib/worker/mod.ts";
import { startDeno } from "../tests/support/process.ts";

const IDLE_LIMIT_MB = 120;
const GROWTH_LIMIT_MB = 10;
const QUEUE = "bench";

/** Runs a worker whose tasks do nothing, until it is killed. */
async function work(databaseUrl: string): Promise<void> {
  const config = AbsurdConfig.fromEnv({
    ABSURD_DATABASE_URL: databaseUrl,
    ABSURD_QUEUE_NAME: QUEUE,
    ABSURD_WORKER_CONCURRENCY: "200",
  });
  await new AbsurdWorker(config, ({ params }) => Promise.resolve({ echo: params })).run();
}

async function residentMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

async function countLeft(database: Database): Promise<number> {
  const sql = "select count(*)::int as count from absurd.tasks where status in ('pending', 'claimed')";
  const [{ count }] = await database.query<{ count: number }>(sql);
  return count;
}

/** Spawns tasks, waits until they are done, and returns the memory of the worker then. */
async function runTasks(database: Database, pid: number, tasks: number): Promise<number> {
  for (let left = tasks; left > 0; left -= 5_000) {
    await database.query(
      `select count(*) from (select absurd.spawn_task('${QUEUE}', 'nothing', '{"size": 512}')
       from generate_series(1, $1::int)) as s`,
      [Math.min(left, 5_000)],
    );
    while (await countLeft(database) > 0) await delay(50);
  }
  return await residentMb(pid);
}

async function measure(tasks: number): Promise<boolean> {
  const { withDatabase } = await import("../tests/support/database.ts");
  let isFine = false;
  await withDatabase(async (database, url) => {
    await using worker = startDeno(["scripts/bench_memory.ts", "--worker", url]);
    await delay(5_000);
    const idle = await residentMb(worker.pid);
    console.log(`idle: ${idle.toFixed(0)} MB (limit ${IDLE_LIMIT_MB})`);
    const startMs = performance.now();
    const half = await runTasks(database, worker.pid, Math.ceil(tasks / 2));
    const end = await runTasks(database, worker.pid, Math.floor(tasks / 2));
    const rate = tasks / (performance.now() - startMs) * 1000;
    console.log(`after ${tasks / 2} tasks: ${half.toFixed(0)} MB; after ${tasks}: ${end.toFixed(0)} MB`);
    console.log(`${rate.toFixed(0)} tasks/s, spawning among them`);
    isFine = idle < IDLE_LIMIT_MB && end - half < GROWTH_LIMIT_MB;
  });
  return isFine;
}

if (Deno.args[0] === "--worker") await work(Deno.args[1]);
else if (!await measure(Number(Deno.args[0] ?? 50_000))) Deno.exitCode = 1;
