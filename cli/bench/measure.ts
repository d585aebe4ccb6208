/**
 * What a queue can do on a database: rates, waiting times, and what each task costs the server.
 *
 * @module
 */

import { AbsurdClient, type AbsurdConfig, type ChainStep } from "@dsa110/absurd";
import { AbsurdWorker } from "@dsa110/absurd/worker";

/** What is measured. */
export interface BenchOptions {
  /** Settings of the worker. */
  readonly config: AbsurdConfig;
  /** Database. */
  readonly databaseUrl: string;
  /** Queue that nobody else uses. */
  readonly queueName: string;
  /** Tasks of the larger measurements. */
  readonly tasks: number;
  /** Ends the measurement. */
  readonly signal: AbortSignal;
  /** Told what is being done. */
  onStep(what: string): void;
}

/** A rate, and what a task costs. */
export interface Rate {
  /** What was done. */
  readonly what: string;
  /** Tasks. */
  readonly tasks: number;
  /** Tasks per second. */
  readonly perSec: number;
  /** Bytes of WAL for each task. */
  readonly walBytesPerTask: number;
  /** Buffers read for each task. */
  readonly buffersPerTask: number;
}

/** Waiting times in milliseconds. */
export interface Latency {
  /** From where to where. */
  readonly what: string;
  /** Half of all took no longer. */
  readonly p50Ms: number;
  /** 95 of a hundred took no longer. */
  readonly p95Ms: number;
  /** 99 of a hundred took no longer. */
  readonly p99Ms: number;
}

/** All figures. */
export interface BenchFigures {
  /** How many tasks in a second. */
  readonly rates: readonly Rate[];
  /** How long tasks wait. */
  readonly latencies: readonly Latency[];
}

const IN_FLIGHT = 16;
const NAME = "bench";
/** Tasks that one worker of the measurement runs at a time; they do nothing. */
const CONCURRENCY = 500;
/** Sessions tell which buffers they have read no more often. */
const REPORT_MS = 1_100;
const STEPS = ["one", "two", "three", "four", "five"];

/** Measures a queue. */
export async function measureQueue(options: BenchOptions): Promise<BenchFigures> {
  const { databaseUrl, queueName, tasks, signal, onStep } = options;
  await using client = await new AbsurdClient({ databaseUrl, queueName }).connect();
  const singles = Math.ceil(tasks / 10);
  const rates: Rate[] = [];
  const rate = async (what: string, count: number, act: Act) => {
    signal.throwIfAborted();
    onStep(what);
    rates.push(await measureRate(client, options, { what, count, act }));
  };
  await rate("spawn one after another", singles, (producer) => inTurn(singles, () => producer.spawn(NAME)));
  await rate(
    `spawn with ${IN_FLIGHT} in flight`,
    singles,
    (producer) =>
      Promise.all(
        Array.from({ length: IN_FLIGHT }, () => inTurn(singles / IN_FLIGHT, () => producer.spawn(NAME))),
      ),
  );
  await rate(
    `spawn ${tasks} in one call`,
    tasks,
    (producer) => producer.spawnMany(Array.from({ length: tasks }, () => ({ taskName: NAME }))),
  );
  await rate("claim, run and complete", tasks, () => work(options, { maxTasks: tasks }));
  await work(options, { drain: true });
  await rate(`fan out to ${tasks} and in again`, tasks + 2, async (producer) => {
    await fanOut(producer, tasks);
    await work(options, { drain: true });
  });
  signal.throwIfAborted();
  return { rates, latencies: await measureLatencies(client, options) };
}

/** What is measured, by a client that has spawned before. */
type Act = (producer: AbsurdClient) => Promise<unknown>;

/** Acts by a client of its own: sessions tell which buffers they have read when they end, or with their next call. */
async function measureRate(
  client: AbsurdClient,
  { databaseUrl, queueName }: BenchOptions,
  { what, count, act }: { what: string; count: number; act: Act },
): Promise<Rate> {
  await using producer = await new AbsurdClient({ databaseUrl, queueName }).connect();
  await producer.spawn(NAME);
  await pause(REPORT_MS);
  await producer.usage(); // its first plans do not count
  const before = await client.usage();
  const startMs = performance.now();
  await act(producer);
  const seconds = (performance.now() - startMs) / 1000;
  await producer.close();
  await pause(REPORT_MS);
  const after = await client.usage();
  return {
    what,
    tasks: count,
    perSec: Math.round(count / seconds),
    walBytesPerTask: Math.round((after.walBytes - before.walBytes) / count),
    buffersPerTask: Math.round((after.buffers - before.buffers) / count * 10) / 10,
  };
}

async function inTurn(count: number, act: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done++) await act();
}

/** Runs tasks that do nothing, in this process. */
async function work(
  { config, databaseUrl, queueName, signal }: BenchOptions,
  limits: { maxTasks?: number; drain?: boolean },
): Promise<void> {
  const worker = new AbsurdWorker(
    { ...config, databaseUrl, queueName, workerConcurrency: CONCURRENCY },
    () => Promise.resolve(null),
    limits,
  );
  await worker.run({ signal });
}

async function fanOut(client: AbsurdClient, width: number): Promise<void> {
  await client.spawnChain({ name: "fan", steps: fanOutSteps(width) });
}

/** One task, `width` that wait for it, and one that waits for them. */
export function fanOutSteps(width: number): ChainStep[] {
  const wide = Array.from({ length: width }, (_, index) => ({
    name: `wide ${index}`,
    task: NAME,
    dependsOn: ["first"],
  }));
  return [
    { name: "first", task: NAME, dependsOn: [] },
    ...wide,
    { name: "last", task: NAME, dependsOn: wide.map(({ name }) => name) },
  ];
}

/** How long tasks wait while a worker has nothing else to do. */
async function measureLatencies(client: AbsurdClient, options: BenchOptions): Promise<Latency[]> {
  const { config, databaseUrl, queueName, signal, onStep } = options;
  const stop = new AbortController();
  const started = Promise.withResolvers<void>();
  let onTask: () => void = () => {};
  const worker = new AbsurdWorker({ ...config, databaseUrl, queueName }, () => {
    onTask();
    return Promise.resolve(null);
  }, { onEvent: ({ type }) => type === "started" && started.resolve() });
  const running = worker.run({ signal: AbortSignal.any([signal, stop.signal]) });
  await started.promise;
  try {
    onStep("pickup");
    const pickups: number[] = [];
    for (let nth = -10; nth < 200; nth++) { // the first ones warm up
      signal.throwIfAborted();
      const ran = Promise.withResolvers<void>();
      onTask = () => ran.resolve();
      const startMs = performance.now();
      const spawned = client.spawn(NAME);
      await ran.promise;
      if (nth >= 0) pickups.push(performance.now() - startMs);
      await spawned;
      await pause(10);
    }
    onStep("hops of a chain");
    const hops: number[] = [];
    for (let nth = 0; nth < 20; nth++) {
      signal.throwIfAborted();
      const times: number[] = [];
      const ended = Promise.withResolvers<void>();
      onTask = () => {
        if (times.push(performance.now()) === STEPS.length) ended.resolve();
      };
      await client.spawnChain({ name: "hops", steps: STEPS.map((name) => ({ name, task: NAME })) });
      await ended.promise;
      hops.push(...times.slice(1).map((time, index) => time - times[index]));
    }
    return [latency("from the call that spawns to the start", pickups), latency("a hop of a chain", hops)];
  } finally {
    stop.abort();
    await running;
  }
}

function latency(what: string, times: readonly number[]): Latency {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] * 100) / 100;
  return { what, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
