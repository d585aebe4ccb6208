/**
 * What a task of a wide fan-out costs beside one that stands alone.
 *
 * @module
 */

import { AbsurdClient, AbsurdConfig } from "../../mod.ts";
import { fanOutSteps } from "../../cli/bench/measure.ts";
import { AbsurdWorker } from "../../lib/worker/mod.ts";
import type { Database } from "../../lib/database.ts";
import { median } from "./measure.ts";
import { createDatabase } from "./server.ts";

const QUEUE = "fan-out";
const WIDTH = 10_000;
/** Rounds, and those before that count for nothing. */
const ROUNDS = 11;
const WARM_UPS = 2;
/** Tasks that the worker runs at a time. */
const PLACES = 500;
const STEPS = fanOutSteps(WIDTH);

/** Time for a task, spawning included, in microseconds; medians of rounds. */
export interface FanOut {
  /** Of as many tasks on which nothing hangs, spawned in one call. */
  readonly aloneUs: number;
  /** Of one step, `WIDTH` steps behind it, and one behind these. */
  readonly fanOutUs: number;
  /** The median of what the second was of the first in each round. */
  readonly ratio: number;
}

/** Runs both by one worker, in turns, in a database of their own. */
export async function measureFanOut(server: Database, serverUrl: string): Promise<FanOut> {
  const databaseUrl = await createDatabase(server, serverUrl, "fan_out");
  try {
    return await measureIn(databaseUrl);
  } finally {
    await server.query("drop database fan_out with (force)");
  }
}

async function measureIn(databaseUrl: string): Promise<FanOut> {
  await using client = new AbsurdClient({ databaseUrl, queueName: QUEUE });
  await client.installSchema();
  const config = { ...AbsurdConfig.fromEnv({}), databaseUrl, queueName: QUEUE, workerConcurrency: PLACES };
  const stop = new AbortController();
  const run = { left: 0, over: Promise.withResolvers<void>() };
  const onEvent = ({ type }: { type: string }) => {
    if (type === "completed" && --run.left === 0) run.over.resolve();
  };
  const worker = new AbsurdWorker(config, () => Promise.resolve(null), { onEvent });
  const running = worker.run({ signal: stop.signal });
  const timed = async (spawn: () => Promise<unknown>): Promise<number> => {
    Object.assign(run, { left: WIDTH + 2, over: Promise.withResolvers() });
    const startMs = performance.now();
    await Promise.race([spawn().then(() => run.over.promise), running]);
    return (performance.now() - startMs) * 1000 / (WIDTH + 2);
  };
  const rounds: { alone: number; fanOut: number }[] = [];
  try {
    for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
      const alone = await timed(() => client.spawnMany(Array(WIDTH + 2).fill({ taskName: "bench" })));
      const fanOut = await timed(() => client.spawnChain({ name: "fan", steps: STEPS }));
      if (round >= WARM_UPS) rounds.push({ alone, fanOut });
    }
  } finally {
    stop.abort();
    await running;
  }
  return {
    aloneUs: Math.round(median(rounds.map(({ alone }) => alone)) * 10) / 10,
    fanOutUs: Math.round(median(rounds.map(({ fanOut }) => fanOut)) * 10) / 10,
    ratio: Math.round(median(rounds.map(({ alone, fanOut }) => fanOut / alone)) * 100) / 100,
  };
}
