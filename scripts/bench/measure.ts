/**
 * What is measured of a contestant.
 *
 * @module
 */

import { openDatabase } from "../../lib/database.ts";
import { type Contestant, type Databases, Program } from "./contestants.ts";

/** Tasks spawned per second. */
export async function spawnRate(
  databases: Databases,
  contestant: Contestant,
  verb: "one" | "flight" | "bulk",
  count: number,
): Promise<number> {
  return await databases.with(contestant, (url) => rateOf(contestant, url, verb, count));
}

async function rateOf(contestant: Contestant, url: string, verb: string, count: number): Promise<number> {
  await using program = new Program(contestant, url, verb, count);
  await program.ready();
  await program.go();
  const { seconds } = await program.next();
  await program.end();
  return count / seconds!;
}

/** Tasks per second from a word to `processes` workers until `count` waiting tasks are done and written. */
export async function drainRate(
  databases: Databases,
  contestant: Contestant,
  { count, processes, secondsAtMost = 20 }: { count: number; processes: number; secondsAtMost?: number },
): Promise<number> {
  return await databases.with(contestant, async (url) => {
    await rateOf(contestant, url, "bulk", count);
    await using database = openDatabase({ url, maxConnections: 1 });
    await database.script("vacuum analyze");
    await using stack = new AsyncDisposableStack();
    const programs = Array.from(
      { length: processes },
      () => stack.use(new Program(contestant, url, "work", 0)),
    );
    await Promise.all(programs.map((program) => program.ready()));
    const startMs = performance.now();
    const handled = () => programs.reduce((sum, program) => sum + program.handled, 0);
    const seconds = () => (performance.now() - startMs) / 1000;
    const tell = Promise.withResolvers<void>();
    for (const program of programs) {
      void program.go();
      void (async () => {
        while (handled() < count && seconds() < secondsAtMost) await program.next();
        tell.resolve();
      })().catch(tell.reject);
    }
    await tell.promise;
    if (handled() < count) return handled() / seconds();
    while (!(await database.query<{ done: boolean }>(contestant.isDone))[0].done) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return count / seconds();
  });
}

/** Milliseconds from the call that spawns a task until it runs, in order of size. */
export async function latencies(
  databases: Databases,
  contestant: Contestant,
  count: number,
): Promise<number[]> {
  return await databases.with(contestant, async (url) => {
    await using program = new Program(contestant, url, "latency", count);
    await program.ready();
    await program.go();
    const { latencyMs } = await program.next();
    return latencyMs!.toSorted((a, b) => a - b);
  });
}

/** The value below which the part `p` of sorted values lies. */
export function percentile(sorted: readonly number[], p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return percentile(values.toSorted((a, b) => a - b), 0.5);
}

/** How many tasks are measured with. */
export interface SizeLimits {
  /** As many as the machine spawns in so many seconds. */
  readonly spawnedInSec: number;
  /** At least so many. */
  readonly least: number;
  /** At most so many. */
  readonly most: number;
}

/**
 * So many tasks that measuring with them takes about as long on a slow machine as on a fast one.
 *
 * @param spawnRate Tasks that the machine spawns in a second, in one call.
 */
export function sizeFor(spawnRate: number, { spawnedInSec, least, most }: SizeLimits): number {
  return Math.round(Math.min(most, Math.max(least, spawnRate * spawnedInSec)) / 10_000) * 10_000;
}
