/**
 * Whether many workers are as fast as few.
 *
 * @module
 */

import { AbsurdClient, AbsurdConfig } from "../../mod.ts";
import { AbsurdWorker } from "../../lib/worker/mod.ts";
import type { Database } from "../../lib/database.ts";
import { median } from "./measure.ts";
import { createDatabase } from "./server.ts";

/**
 * So many workers, and how often they drain before it counts. The first calls of a session, in which it makes its plans
 * and gets its memory, cost the server more than the tasks do, and a drain has only two or three calls for each of 64
 * workers: their rate doubles over the first five drains.
 */
const CREWS = [
  { workers: 1, warmUps: 2 },
  { workers: 4, warmUps: 2 },
  { workers: 16, warmUps: 3 },
  { workers: 64, warmUps: 5 },
];
/** Tasks that they run at a time, all together. */
const PLACES = 256;
/** They take a second or more, so that what happens at the ends of a drain hardly counts. */
const TASKS = 100_000;
/** Drains that are measured, each time that a crew is there. */
const DRAINS = 3;

/** How fast so many workers are. */
export interface Rate {
  /** In one process. */
  readonly workers: number;
  /** Tasks per second, the middle of the drains. */
  readonly perSec: number;
  /** What that is of the best of these rates. */
  readonly ratio: number;
}

/**
 * Drains as many tasks by so many workers each, one crew after the other, and then in the opposite order: a machine that
 * gets slower meets both ends of it. Each crew has a database of its own, and nobody else is there: sessions that rest
 * while others work lose what they had near them.
 */
export async function measureWorkers(server: Database, serverUrl: string): Promise<Rate[]> {
  const rates = new Map(CREWS.map(({ workers }): [number, number[]] => [workers, []]));
  for (const { workers, warmUps } of [...CREWS, ...CREWS.toReversed()]) {
    await using crew = await Crew.hire(server, serverUrl, workers);
    for (let time = 0; time < warmUps; time++) await crew.drain(TASKS);
    for (let time = 0; time < DRAINS; time++) rates.get(workers)!.push(await crew.drain(TASKS));
  }
  const middles = [...rates].map(([workers, perSec]) => ({ workers, perSec: median(perSec) }));
  const best = Math.max(...middles.map(({ perSec }) => perSec));
  return middles.map(({ workers, perSec }) => ({
    workers,
    perSec: Math.round(perSec),
    ratio: Math.round(perSec / best * 100) / 100,
  }));
}

/** Workers that take from one queue in a database of their own. */
class Crew implements AsyncDisposable {
  readonly #client: AbsurdClient;
  readonly #running: Promise<unknown>;
  readonly #stop = new AbortController();
  readonly #drop: () => Promise<void>;
  #left = 0;
  #drained = Promise.withResolvers<void>();

  private constructor(
    client: AbsurdClient,
    config: AbsurdConfig,
    workers: number,
    drop: () => Promise<void>,
  ) {
    this.#client = client;
    this.#drop = drop;
    const onEvent = ({ type }: { type: string }) => {
      if (type === "completed" && --this.#left === 0) this.#drained.resolve();
    };
    this.#running = Promise.all(Array.from({ length: workers }, () => {
      const worker = new AbsurdWorker(config, () => Promise.resolve(null), { onEvent });
      return worker.run({ signal: this.#stop.signal });
    }));
  }

  static async hire(server: Database, serverUrl: string, workers: number): Promise<Crew> {
    const name = `workers_${workers}`;
    const databaseUrl = await createDatabase(server, serverUrl, name);
    const queueName = "workers";
    const client = new AbsurdClient({ databaseUrl, queueName });
    await client.installSchema();
    const config = {
      ...AbsurdConfig.fromEnv({}),
      databaseUrl,
      queueName,
      workerConcurrency: PLACES / workers,
    };
    return new Crew(client, config, workers, async () => {
      await server.query(`drop database ${name} with (force)`);
    });
  }

  /** Tasks per second until all of so many are done. */
  async drain(tasks: number): Promise<number> {
    await this.#client.pauseQueue();
    await this.#client.spawnMany(Array.from({ length: tasks }, () => ({ taskName: "bench" })));
    this.#left = tasks;
    this.#drained = Promise.withResolvers();
    const startMs = performance.now();
    await this.#client.resumeQueue();
    await Promise.race([this.#drained.promise, this.#running]);
    return tasks / ((performance.now() - startMs) / 1000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#client[Symbol.asyncDispose]();
    await this.#drop();
  }
}
