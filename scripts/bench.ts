/**
 * `deno task bench`: what `absurd bench` measures, on a server of its own, beside what the same server does with a minimal
 * table in the same run; what a task of a fan-out costs beside one that stands alone; and whether many workers are as
 * fast as few. Only the ratios mean anything: machines are shared and noisy.
 *
 * `--json` prints the figures as one document.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { AbsurdClient, AbsurdConfig } from "../mod.ts";
import { AbsurdWorker } from "../lib/worker/mod.ts";
import { measureQueue } from "../cli/bench/measure.ts";
import { systemContext } from "../cli/context.ts";
import { printJson, printTable } from "../cli/output.ts";
import { type Database, openDatabase } from "../lib/database.ts";
import { measureFanOut } from "./bench/fan_out.ts";
import { measureLimits } from "./bench/limits.ts";
import { median, sizeFor } from "./bench/measure.ts";
import { createDatabase, withServer } from "./bench/server.ts";

const TASKS = 10_000;
/** A drain by many workers takes two seconds or more, so that what happens at its ends hardly counts. */
const DRAIN = { spawnedInSec: 2, least: 100_000, most: 200_000 };
const WORKERS = [1, 4, 16, 64];
const TURNS = 3;
/** Who drains how much. */
interface Load {
  readonly workers: number;
  readonly tasks: number;
}

/** Drains before one is measured. */
const WARM_UPS = 2;

const { values: flags } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const signal = new AbortController().signal;

/**
 * Tasks per second of so many workers each, 256 places together; the middle of three turns. Turns on the outside: what
 * comes once a minute, such as the vacuum of the server, then meets each of them once at most.
 */
async function measureWorkers(server: Database, serverUrl: string, tasks: number) {
  const rates = WORKERS.map((): number[] => []);
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [index, workers] of WORKERS.entries()) {
      rates[index].push(await drainWith(server, serverUrl, { workers, tasks }));
    }
  }
  return WORKERS.map((workers, index) => ({ workers, perSec: Math.round(median(rates[index])) }));
}

/**
 * Drains so many tasks with so many workers; returns tasks per second. The workers have drained as many twice
 * before: making the sessions of 64 workers and their plans costs the server more than these tasks do.
 *
 * In a database of its own: what earlier drains leave to the vacuum would slow down those after them.
 */
async function drainWith(
  server: Database,
  serverUrl: string,
  { workers, tasks }: Load,
): Promise<number> {
  const name = `workers_${workers}`;
  const url = await createDatabase(server, serverUrl, name);
  try {
    return await drainIn(url, { workers, tasks });
  } finally {
    await server.query(`drop database ${name} with (force)`);
  }
}

async function drainIn(
  databaseUrl: string,
  { workers, tasks }: Load,
): Promise<number> {
  const queueName = "workers";
  await using client = new AbsurdClient({ databaseUrl, queueName });
  await client.installSchema();
  const config = { ...AbsurdConfig.fromEnv({}), databaseUrl, queueName, workerConcurrency: 256 / workers };
  const stop = new AbortController();
  let left = 0;
  let drained = Promise.withResolvers<void>();
  const onEvent = ({ type }: { type: string }) => {
    if (type === "completed" && --left === 0) drained.resolve();
  };
  const running = Promise.all(Array.from({ length: workers }, () => {
    const worker = new AbsurdWorker(config, () => Promise.resolve(null), { onEvent });
    return worker.run({ signal: stop.signal });
  }));
  const drain = async (): Promise<number> => {
    await client.pauseQueue();
    await client.spawnMany(Array.from({ length: tasks }, () => ({ taskName: "bench" })));
    left = tasks;
    drained = Promise.withResolvers();
    const startMs = performance.now();
    await client.resumeQueue();
    await Promise.race([drained.promise, running]);
    return tasks / ((performance.now() - startMs) / 1000);
  };
  try {
    for (let time = 0; time < WARM_UPS; time++) await drain();
    return await drain();
  } finally {
    stop.abort();
    await running;
  }
}

async function measure(server: Database, databaseUrl: string) {
  await using client = new AbsurdClient({ databaseUrl });
  await client.installSchema();
  const limits = await measureLimits(server, TASKS);
  const figures = await measureQueue({
    config: AbsurdConfig.fromEnv({}),
    databaseUrl,
    queueName: "bench-own",
    tasks: TASKS,
    signal,
    onStep: () => {},
  });
  const rates = figures.rates.map((rate, index) => {
    const limit = limits[index];
    return { ...rate, limitPerSec: limit, ratio: Math.round(rate.perSec / limit * 100) / 100 };
  });
  const spawned = figures.rates.find(({ what }) => what === `spawn ${TASKS} in one call`)!.perSec;
  const toDrain = sizeFor(spawned, DRAIN);
  return {
    rates,
    latencies: figures.latencies,
    fanOut: await measureFanOut(server, databaseUrl),
    workers: await measureWorkers(server, databaseUrl, toDrain),
  };
}

const figures = await withServer(async (_, url) => {
  await using database = openDatabase({ url, maxConnections: 16 });
  return await measure(database, url);
});
const context = systemContext(signal);
if (flags.json) printJson(context, figures);
else {
  await printTable(
    context,
    ["", "tasks/s", "minimal table, rows/s", "ratio", "WAL bytes/task", "buffers/task"],
    figures.rates.map((r) => [r.what, r.perSec, r.limitPerSec, r.ratio, r.walBytesPerTask, r.buffersPerTask]),
  );
  await printTable(
    context,
    ["", "p50 ms", "p95 ms", "p99 ms"],
    figures.latencies.map((l) => [l.what, l.p50Ms, l.p95Ms, l.p99Ms]),
  );
  const { aloneUs, fanOutUs, ratio } = figures.fanOut;
  await printTable(context, ["", "µs/task", "ratio"], [
    ["tasks that stand alone", aloneUs, ""],
    ["1 to 10,000 to 1", fanOutUs, ratio],
  ]);
  await printTable(context, ["workers", "tasks/s"], figures.workers.map((w) => [w.workers, w.perSec]));
}
