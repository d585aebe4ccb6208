// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * How many short tasks a second a worker runs (`deno task bench:warm`, TASKS as argument, 10,000 by default): by a warm
 * stage, whose process is kept from task to task, and in the worker's own process, on one database in one run. Their
 * ratio tells what the process costs; what both have in common is the queue. The worker is a process of its own, as
 * always, and each way has three turns, of which the middle one counts. Processor time, of the worker and of the
 * stage's processes, says what remains true on a machine that others use, too.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { AbsurdConfig } from "../lib/config.ts";
import type { Database } from "../lib/database.ts";
import type { TaskExecutor } from "../lib/task.ts";
import { AbsurdWorker, createPipelineExecutor, loadManifest, manifestSettings } from "../lib/worker/mod.ts";
import { startDeno } from "../tests/support/process.ts";

const MANIFEST = fileURLToPath(new URL("warm/absurd.json", import.meta.url));
const QUEUE = "bench";
/** So many short tasks at a time are worth their while. */
const CONCURRENCY = 64;
const TURNS = 3;

/** The two ways to run the same task. */
type Way = "warm" | "inside";

/** What a turn took. */
interface Turn {
  /** From the first claim to the last answer, in milliseconds. */
  readonly wallMs: number;
  /** Processor time of the worker, in milliseconds. */
  readonly workerMs: number;
  /** Processor time of all processes that it started, in milliseconds. */
  readonly stageMs: number;
}

/** Runs a worker until nothing is left, and prints its turn. */
async function work(databaseUrl: string, workDir: string, way: Way): Promise<void> {
  const config = AbsurdConfig.fromEnv({
    ABSURD_DATABASE_URL: databaseUrl,
    ABSURD_QUEUE_NAME: QUEUE,
    ABSURD_WORKER_CONCURRENCY: String(CONCURRENCY),
  });
  const manifest = await loadManifest(MANIFEST);
  const inside: TaskExecutor = ({ params }) => Promise.resolve({ doubled: Number(params.value) * 2 });
  const executor = way === "warm" ? createPipelineExecutor(manifest, { workDir }) : inside;
  let firstMs: number | undefined;
  let lastMs = 0;
  await new AbsurdWorker(config, executor, {
    drain: true,
    settings: manifestSettings(manifest),
    onEvent({ type }) {
      if (type === "claimed") firstMs ??= performance.now();
      if (type === "completed") lastMs = performance.now();
    },
  }).run();
  const turn: Turn = { wallMs: lastMs - (firstMs ?? 0), ...await readCpuTimes() };
  console.log(JSON.stringify(turn));
}

/** Of this process and of its children that have ended, which all have by now (proc(5): 100 ticks a second). */
async function readCpuTimes(): Promise<Omit<Turn, "wallMs">> {
  const stat = await Deno.readTextFile("/proc/self/stat");
  const [user, system, userBelow, systemBelow] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(
    11,
    15,
  )
    .map((ticks) => Number(ticks) * 10);
  return { workerMs: user + system, stageMs: userBelow + systemBelow };
}

/** Spawns tasks, lets a worker do them, and returns what it took. */
async function measure(database: Database, url: string, way: Way, tasks: number): Promise<Turn> {
  await database.query(
    `select count(*) from (select absurd.spawn_task('${QUEUE}', 'double', jsonb_build_object('value', i))
     from generate_series(1, $1::int) as i) as s`,
    [tasks],
  );
  const folder = await Deno.makeTempDir({ prefix: "absurd-warm-" });
  await using worker = startDeno(["scripts/bench_warm.ts", "--worker", url, folder, way]);
  const { code, stdout, stderr } = await worker.result;
  await Deno.remove(folder, { recursive: true });
  if (code !== 0) throw new Error(stderr);
  const [{ count }] = await database.query<{ count: number }>(
    "select count(*)::int as count from absurd.tasks where status <> 'completed'",
  );
  if (count > 0) throw new Error(`${count} tasks are not completed`);
  return JSON.parse(stdout);
}

async function main(tasks: number): Promise<void> {
  const { withDatabase } = await import("../tests/support/database.ts");
  await withDatabase(async (database, url) => {
    const turns: Record<Way, Turn[]> = { warm: [], inside: [] };
    for (let turn = 0; turn < TURNS; turn++) {
      for (const way of ["inside", "warm"] as const) {
        turns[way].push(await measure(database, url, way, tasks));
      }
    }
    const [warm, inside] = [turns.warm, turns.inside].map((all) =>
      all.toSorted((a, b) => a.wallMs - b.wallMs)[Math.floor(TURNS / 2)]
    );
    for (const [name, { wallMs, workerMs, stageMs }] of Object.entries({ warm, inside })) {
      const [worker, stage] = [workerMs, stageMs].map((ms) => `${(ms / tasks * 1000).toFixed(0)} µs`);
      const rate = `${(tasks / wallMs * 1000).toFixed(0)} tasks/s`;
      console.log(`${name}: ${rate}; processor time a task: worker ${worker}, stage ${stage}`);
    }
    console.log(`ratio ${(inside.wallMs / warm.wallMs).toFixed(2)}; ${CONCURRENCY} at a time`);
  });
}

if (Deno.args[0] === "--worker") await work(Deno.args[1], Deno.args[2], Deno.args[3] as Way);
else await main(Number(Deno.args[0] ?? 10_000));
