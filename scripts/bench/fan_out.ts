/**
 * What a task of a wide fan-out costs beside one that stands alone.
 *
 * @module
 */

import { fanOutSteps } from "../../cli/bench/measure.ts";
import type { Database } from "../../lib/database.ts";
import { Crew } from "./crew.ts";
import { median } from "./measure.ts";

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
  await using crew = await Crew.hire(server, serverUrl, { name: "fan_out", workers: 1, places: PLACES });
  const { client } = crew;
  const timed = async (spawn: () => Promise<unknown>) =>
    await crew.time(WIDTH + 2, spawn) * 1e6 / (WIDTH + 2);
  const rounds: { alone: number; fanOut: number }[] = [];
  for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
    const alone = await timed(() => client.spawnMany(Array(WIDTH + 2).fill({ taskName: "bench" })));
    const fanOut = await timed(() => client.spawnChain({ name: "fan", steps: STEPS }));
    if (round >= WARM_UPS) rounds.push({ alone, fanOut });
  }
  return {
    aloneUs: Math.round(median(rounds.map(({ alone }) => alone)) * 10) / 10,
    fanOutUs: Math.round(median(rounds.map(({ fanOut }) => fanOut)) * 10) / 10,
    ratio: Math.round(median(rounds.map(({ alone, fanOut }) => fanOut / alone)) * 100) / 100,
  };
}
