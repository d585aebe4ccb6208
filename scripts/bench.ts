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
import { measureQueue } from "../cli/bench/measure.ts";
import { systemContext } from "../cli/context.ts";
import { printJson, printTable } from "../cli/output.ts";
import { type Database, openDatabase } from "../lib/database.ts";
import { measureFanOut } from "./bench/fan_out.ts";
import { measureLimits } from "./bench/limits.ts";
import { withServer } from "./bench/server.ts";
import { measureWorkers } from "./bench/workers.ts";

const TASKS = 10_000;

const { values: flags } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const signal = new AbortController().signal;

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
  return {
    rates,
    latencies: figures.latencies,
    fanOut: await measureFanOut(server, databaseUrl),
    workers: await measureWorkers(server, databaseUrl),
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
  await printTable(
    context,
    ["workers", "connections", "tasks/s", "of the best"],
    figures.workers.map((w) => [w.workers, w.connections, w.perSec, w.ratio]),
  );
}
