/**
 * Whether many workers are as fast as few.
 *
 * @module
 */

import type { Database } from "../../lib/database.ts";
import { Crew } from "./crew.ts";
import { median } from "./measure.ts";

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
  /** Sessions of the server that they have, all together. */
  readonly connections: number;
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
  const connections = new Map<number, number>();
  for (const { workers, warmUps } of [...CREWS, ...CREWS.toReversed()]) {
    const name = `workers_${workers}`;
    await using crew = await Crew.hire(server, serverUrl, { name, workers, places: PLACES });
    for (let time = 0; time < warmUps; time++) await drain(crew);
    for (let time = 0; time < DRAINS; time++) rates.get(workers)!.push(await drain(crew));
    connections.set(workers, await countConnections(server, name));
  }
  const middles = [...rates].map(([workers, perSec]) => ({ workers, perSec: median(perSec) }));
  const best = Math.max(...middles.map(({ perSec }) => perSec));
  return middles.map(({ workers, perSec }) => ({
    workers,
    connections: connections.get(workers)!,
    perSec: Math.round(perSec),
    ratio: Math.round(perSec / best * 100) / 100,
  }));
}

/** Sessions of workers in a database. */
async function countConnections(server: Database, databaseName: string): Promise<number> {
  const [{ count }] = await server.query<{ count: number }>(
    "select count(*)::int as count from pg_stat_activity where datname = $1 and application_name = 'absurd worker'",
    [databaseName],
  );
  return count;
}

/** Tasks per second until all are done. */
async function drain(crew: Crew): Promise<number> {
  const { client } = crew;
  await client.pauseQueue();
  await client.spawnMany(Array.from({ length: TASKS }, () => ({ taskName: "bench" })));
  return TASKS / await crew.time(TASKS, () => client.resumeQueue());
}
