// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * What events cost and how fast they arrive (`deno task bench:events`): the drain rate with and without a reader that
 * gives positions all the time; from the change to 100 WebSocket clients at 500 events/s; the memory of 1,000 idle
 * clients; the first paint of the page. Exits 1 when a limit is passed.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import { AbsurdConfig } from "../lib/config.ts";
import { type Database, openDatabase } from "../lib/database.ts";
import { AbsurdWorker } from "../lib/worker/mod.ts";
import { withDatabase } from "../tests/support/database.ts";
import { eventually, runDeno, startCli } from "../tests/support/process.ts";

const QUEUE = "bench";
const DRAIN = 8_000;
const ROUNDS = 5;
const RATE = 500;
const SECONDS = 10;
const CLIENTS = 100;
const IDLE = 1_000;

let isFine = true;

function report(what: string, value: number, unit: string, limit?: { below?: number; above?: number }): void {
  const { below = Infinity, above = -Infinity } = limit ?? {};
  const bound = limit ? ` (limit ${Number.isFinite(below) ? below : above} ${unit})` : "";
  console.log(`${what}: ${Number(value.toPrecision(3))} ${unit}${bound}`);
  if (value >= below || value <= above) isFine = false;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

async function drainRate(hasReader: boolean): Promise<number> {
  let rate = 0;
  await withDatabase(async (database, databaseUrl) => {
    await database.query(
      `select count(*) from (select absurd.spawn_task('${QUEUE}', 'nothing') from generate_series(1, ${DRAIN})) as s`,
    );
    await using own = openDatabase({ url: databaseUrl });
    const stop = new AbortController();
    const reader = hasReader ? readAlong(own, stop.signal) : undefined;
    const config = AbsurdConfig.fromEnv({
      ABSURD_DATABASE_URL: databaseUrl,
      ABSURD_QUEUE_NAME: QUEUE,
      ABSURD_WORKER_CONCURRENCY: "200",
    });
    const startMs = performance.now();
    await new AbsurdWorker(config, () => Promise.resolve(null), { maxTasks: DRAIN }).run();
    rate = DRAIN / (performance.now() - startMs) * 1000;
    stop.abort();
    await reader;
  });
  return rate;
}

async function readAlong(database: Database, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await database.call("stamp_events");
    await delay(10);
  }
}

async function measureStamp(): Promise<void> {
  await drainRate(false); // warms the server up
  const [without, with_]: number[][] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    without.push(await drainRate(false));
    with_.push(await drainRate(true));
  }
  console.log(
    `drain: ${Math.round(median(without))} tasks/s without a reader, ${Math.round(median(with_))} with one`,
  );
  report("drain with a reader, of that without", median(with_) / median(without), "times", { above: 0.9 });
}

async function connect(url: string, hear: (data: string) => void): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}ws`);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  socket.onmessage = ({ data }) => hear(data);
  return socket;
}

async function measureLatency(database: Database, url: string): Promise<void> {
  const latencies: number[] = [];
  const hear = (data: string) => {
    if (!data.startsWith('{"type":"task_update"')) return;
    const at = /"at":"([^"]+)"/.exec(data)![1];
    latencies.push(Date.now() - Date.parse(at));
  };
  const sockets: WebSocket[] = [];
  for (let count = 0; count < CLIENTS; count++) sockets.push(await connect(url, hear));
  const tasks = JSON.stringify(
    Array.from({ length: RATE / 50 }, () => ({ "queue_name": QUEUE, "task_name": "t" })),
  );
  const startMs = performance.now();
  for (let tick = 0; tick < SECONDS * 50; tick++) {
    await database.query("select absurd.spawn_tasks($1::json)", [tasks]);
    await delay(Math.max(0, startMs + tick * 20 - performance.now()));
  }
  await eventually(() => latencies.length >= RATE * SECONDS * CLIENTS, { timeoutMs: 60_000 });
  const sorted = latencies.toSorted((a, b) => a - b);
  const percentile = (share: number) => sorted[Math.floor((sorted.length - 1) * share)];
  report(`from change to ${CLIENTS} clients at ${RATE} events/s, median`, percentile(0.5), "ms");
  report(`from change to ${CLIENTS} clients at ${RATE} events/s, p99`, percentile(0.99), "ms", { below: 50 });
  for (const socket of sockets) socket.close();
}

async function residentMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

async function measureIdle(url: string, pid: number): Promise<void> {
  const sockets: WebSocket[] = [];
  while (sockets.length < IDLE) {
    sockets.push(...await Promise.all(Array.from({ length: 20 }, () => connect(url, () => {}))));
    await delay(200); // an address may call so often
  }
  await delay(3_000);
  report(`memory of the server with ${IDLE} idle clients`, await residentMb(pid), "MB", { below: 300 });
  for (const socket of sockets) socket.close();
}

async function measureServer(): Promise<void> {
  await withDatabase(async (database, databaseUrl) => {
    await using server = startCli(["serve", "--port", "0", "--database-url", databaseUrl]);
    const [url] = await eventually(() => /http:\S+/.exec(server.stderr), { timeoutMs: 30_000 });
    const paint = await runDeno(["tests/e2e/browser/first_paint.ts", url], {
      config: "tests/e2e/browser/deno.json",
      timeoutMs: 120_000,
    });
    report("first paint of the page", Number(paint.stdout), "ms", { below: 1_000 });
    await measureIdle(url, server.pid);
    await measureLatency(database, url);
    report("memory of the server after that", await residentMb(server.pid), "MB");
  });
}

await measureServer();
await measureStamp();
if (!isFine) Deno.exitCode = 1;
