/**
 * All verbs at once on shared graphs, from several connections: no deadlock, and every row as it has to be.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Database } from "../../../lib/database.ts";
import { AbsurdError } from "../../../lib/errors.ts";
import { advanceClock } from "../../support/clock.ts";
import { claim, type Row, rows, spawn, spawnGraph } from "../../sql/queue.ts";
import { checkRows, deadlocks } from "./race.ts";

/** What a storm did. */
export interface StormCounts {
  readonly calls: number;
  readonly refused: number;
  readonly deadlocks: number;
  readonly conflicts: number;
}

/** Refusals that are right whenever somebody else was faster. */
const EXPECTED = /^TQ00[1468]$/;

/** Verbs that take many tasks at once. */
const BULK_VERBS: readonly string[] = ["cancel_tasks", "retry_tasks", "release_claims", "unblock_tasks"];

/** A generator of numbers below `bound` that a seed determines (mulberry32). */
function randomFrom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/**
 * Lets `workers` connections call `steps` rounds of verbs each.
 *
 * @throws AssertionError when a call failed otherwise than by a refusal, a deadlock was broken, or a row is wrong.
 */
export async function storm(
  database: Database,
  { seed, workers = 4, steps = 60 }: { seed: number; workers?: number; steps?: number },
): Promise<StormCounts> {
  const graphs = await spawnGraphs(database);
  const counts = { calls: 0, refused: 0 };
  const conflictsBefore = database.conflicts;
  await Promise.all(
    Array.from({ length: workers }, (_, index) => {
      const random = randomFrom(seed + index);
      return rounds(database, `w${index}`, { steps, random, graphs, counts });
    }),
  );
  const broken = await deadlocks(database);
  await checkRows(database);
  assert.equal(broken, 0, `${broken} deadlocks`);
  return { ...counts, deadlocks: broken, conflicts: database.conflicts - conflictsBefore };
}

type Graph = Awaited<ReturnType<typeof spawnGraph>>;

/** Graphs that hang on each other, so that cascades cross from one to the next. */
async function spawnGraphs(database: Database): Promise<Graph[]> {
  const graphs: Graph[] = [];
  for (let count = 0; count < 6; count++) {
    const before = graphs.at(-1)?.tasks;
    const outside = before ? [{ "task_id": before.c, "on_parent_failure": "wait" }, before.d] : [];
    graphs.push(
      await spawnGraph(database, {
        a: [],
        b: [],
        c: ["a", "b", ...outside],
        d: ["a", { step: "b", "on_parent_failure": "ignore" }],
        e: ["c", "d"],
      }, { key: `g${count}` }),
    );
  }
  return graphs;
}

interface Rounds {
  readonly steps: number;
  readonly random: (bound: number) => number;
  readonly graphs: readonly Graph[];
  readonly counts: { calls: number; refused: number };
}

async function rounds(
  database: Database,
  worker: string,
  { steps, random, graphs, counts }: Rounds,
): Promise<void> {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)];
  const call = async (name: string, args: Row) => {
    counts.calls++;
    try {
      await rows(database, name, args);
    } catch (error) {
      if (!(error instanceof AbsurdError) || !EXPECTED.test(error.sqlState ?? "")) throw error;
      counts.refused++;
    }
  };
  for (let step = 0; step < steps; step++) {
    const settings = { defaults: { "backoff_base_sec": 0, "max_retries": random(3) } };
    const held = await claim(database, 1 + random(3), { worker, settings });
    const outcomes = held.map(({ id, attempt }) => ({
      "task_id": id,
      attempt,
      message: "boom",
      permanent: random(3) === 0,
    }));
    counts.calls++;
    if (random(4) === 0) await rows(database, "heartbeat_worker", { "worker_id": worker, claims: outcomes });
    await call(pick(["complete_tasks", "complete_tasks", "fail_tasks", "release_tasks"]), { outcomes });
    const { workflow, tasks } = pick(graphs);
    const id = pick(Object.values(tasks));
    const verb = pick([
      "cancel_task",
      "retry_task",
      "retry_task",
      "cancel_workflow",
      "replay_dead_letters",
      "purge_dead_letters",
      "recover_claims",
      "spawn",
      "spawn",
      "pause",
      "acknowledge_tasks",
      "get_queue_stats",
      ...BULK_VERBS,
    ]);
    if (verb === "spawn") {
      const policy = pick(["cancel", "wait", "ignore"]);
      await spawn(database, { "depends_on": [id], "on_parent_failure": policy, key: `k${random(3)}` }).catch(
        (error) => assert.match(error.sqlState ?? String(error), EXPECTED),
      );
    } else if (verb === "pause") {
      await call("pause_queue", { "queue_name": "q" });
      await call("resume_queue", { "queue_name": "q" });
    } else if (verb === "recover_claims") {
      await advanceClock(database, 61);
      await call(verb, {});
    } else if (BULK_VERBS.includes(verb)) await call(verb, { "task_ids": Object.values(tasks) });
    else if (verb.endsWith("_letters")) await call(verb, { filter: { all: true } });
    else if (verb === "acknowledge_tasks") await call(verb, { outcomes });
    else if (verb === "get_queue_stats") await call(verb, {});
    else await call(verb, verb === "cancel_workflow" ? { "workflow_id": workflow } : { "task_id": id });
  }
}
