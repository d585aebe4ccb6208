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

/** A drain by programs that have just begun. */
export interface Drain {
  /** Tasks that are measured. */
  readonly count: number;
  /** Tasks that each program has run before: until then it compiles itself, gets its memory, and plans its queries. */
  readonly warmUp: number;
  /** How many programs. */
  readonly processes: number;
}

/** No drain takes longer; if it would, what was run until then counts. */
const SECONDS_AT_MOST = 20;

/** Tasks per second of workers, once they are warm, until all that waits is done and written. */
export async function drainRate(
  databases: Databases,
  contestant: Contestant,
  { count, warmUp, processes }: Drain,
): Promise<number> {
  const before = warmUp * processes;
  return await databases.with(contestant, async (url) => {
    await rateOf(contestant, url, "bulk", before + count);
    await using database = openDatabase({ url, maxConnections: 1 });
    await database.script("vacuum analyze");
    await using stack = new AsyncDisposableStack();
    const programs = Array.from(
      { length: processes },
      () => stack.use(new Program(contestant, url, "work", 0)),
    );
    const deadlineMs = performance.now() + SECONDS_AT_MOST * 1000;
    await Promise.all(programs.map((program) => program.ready()));
    for (const program of programs) void program.go();
    const start = await whenHandled(programs, before, deadlineMs);
    const end = await whenHandled(programs, before + count, deadlineMs);
    const isDone = async () => (await database.query<{ done: boolean }>(contestant.isDone))[0].done;
    while (end.handled >= before + count && !await isDone()) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return (end.handled - start.handled) / ((performance.now() - start.ms) / 1000);
  });
}

/** Waits until the programs have run so many tasks together, or time is up; tells how many they have, and when. */
async function whenHandled(
  programs: readonly Program[],
  count: number,
  deadlineMs: number,
): Promise<{ handled: number; ms: number }> {
  const handled = () => programs.reduce((sum, program) => sum + program.handled, 0);
  const reached = Promise.withResolvers<void>();
  for (const program of programs) {
    void (async () => {
      while (handled() < count && performance.now() < deadlineMs) await program.next();
      reached.resolve();
    })().catch(reached.reject);
  }
  await reached.promise;
  return { handled: handled(), ms: performance.now() };
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
