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
import { ask, completeReserved } from "../../sql/reservations.ts";
import { freeAll, freeAtOnce } from "../support/freeing.ts";
import { checkRows, deadlocks } from "./race.ts";

/** What a storm did. */
export interface StormCounts {
  readonly calls: number;
  readonly refused: number;
  readonly deadlocks: number;
  readonly conflicts: number;
}

/** Refusals that are right whenever somebody else was faster. */
export const EXPECTED = /^TQ00[1468]$/;

/** Verbs that take many tasks at once. */
const BULK_VERBS: readonly string[] = ["cancel_tasks", "retry_tasks", "release_claims", "unblock_tasks"];

/** A generator of numbers below `bound` that a seed determines (mulberry32). */
export function randomFrom(seed: number): (bound: number) => number {
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
  await freeAtOnce(database, 1);
  const graphs = await spawnGraphs(database);
  const counts = { calls: 0, refused: 0 };
  const conflictsBefore = database.conflicts;
  await Promise.all(
    Array.from({ length: workers }, (_, index) => {
      const random = randomFrom(seed + index);
      return rounds(database, `w${index}`, { steps, random, graphs, counts });
    }),
  );
  await freeAll(database);
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
      fraction: 0.5,
      chunk: 0,
      text: "a line",
    }));
    if (random(2) === 0) await reservations(database, worker, random);
    counts.calls++;
    if (random(4) === 0) await rows(database, "heartbeat_worker", { "worker_id": worker, claims: outcomes });
    if (random(4) === 0) await call(pick(["report_progress", "append_logs"]), { items: outcomes });
    await call(pick(["complete_tasks", "complete_tasks", "fail_tasks", "release_tasks"]), { outcomes });
    if (random(5) === 0) await advanceClock(database, 61);
    const graph = pick(graphs);
    const target = { ...graph, id: pick(Object.values(graph.tasks)), outcomes };
    for (const [name, args] of pick(VERBS)(target, { pick, random })) await call(name, args);
  }
}

/** Reserves what stands alone, and completes, claims, gives back or leaves it. */
async function reservations(
  database: Database,
  worker: string,
  random: (bound: number) => number,
): Promise<void> {
  for (let count = random(4); count > 0; count--) await spawn(database, { priority: random(9) });
  const settings = { "lease_sec": 30, "heartbeat_sec": 5 };
  const { id, tasks, attempts } = await ask(database, 1 + random(3), { worker, settings });
  if (id === null) return;
  const named = { "reservation_id": id, "task_ids": tasks };
  const complete = () => completeReserved(database, id, tasks.map((one, index) => [one, 1, attempts[index]]));
  const acts = [
    complete,
    complete,
    () => database.call("claim_reserved", named),
    () => database.call("release_reserved", named),
    () => database.call("forget_reservations", { "worker_id": worker, known: [] }),
  ];
  await acts[random(acts.length)]();
}

interface Target extends Graph {
  readonly id: string;
  readonly outcomes: readonly Row[];
}

interface Chance {
  readonly random: (bound: number) => number;
  readonly pick: <T>(list: readonly T[]) => T;
}

/** What an operator, a producer or a scheduler may do meanwhile: calls, one after the other. */
type Verb = (target: Target, chance: Chance) => readonly (readonly [string, Row])[];

const RETRY: Verb = ({ id }) => [["retry_task", { "task_id": id }]];

const SPAWN: Verb = ({ id }, { pick, random }) => {
  const policy = pick(["cancel", "wait", "ignore"]);
  const options = { "depends_on": [id], "on_parent_failure": policy, key: `k${random(3)}` };
  return [["spawn_task", { "queue_name": "q", "task_name": "work", options }]];
};

const SPAWN_WORKFLOW: Verb = ({ tasks, id }, { random }) => {
  const steps = [
    { name: "x", "task_name": "x", "depends_on": [{ "task_id": id, "on_parent_failure": "ignore" }] },
    { name: "y", "task_name": "y", "depends_on": ["x", { "task_id": tasks.e, "on_parent_failure": "wait" }] },
  ];
  return [["spawn_workflow", { workflow: { name: "late", "queue_name": "q", key: `w${random(3)}`, steps } }]];
};

const VERBS: readonly Verb[] = [
  RETRY,
  RETRY,
  SPAWN,
  SPAWN,
  SPAWN_WORKFLOW,
  ({ id }) => [["cancel_task", { "task_id": id }]],
  ({ workflow }) => [["cancel_workflow", { "workflow_id": workflow }]],
  () => [["replay_dead_letters", { filter: { all: true } }]],
  () => [["purge_dead_letters", { filter: { all: true } }]],
  () => [["recover_claims", {}]],
  () => [["pause_queue", { "queue_name": "q" }], ["resume_queue", { "queue_name": "q" }]],
  (_, { random }) => [["set_limit", { "max_claims": 2 + random(3), "task_name": "a" }]],
  () => [["set_limit", { "max_claims": null, "task_name": "a" }]],
  ({ id }, { random }) => [["set_priority", { "task_id": id, priority: random(9) }]],
  (
    { tasks },
    { random },
  ) => [["prioritize_tasks", { "task_ids": Object.values(tasks), priority: random(9) }]],
  ({ outcomes }) => [["acknowledge_tasks", { outcomes }]],
  () => [["prune", { "older_than_sec": 600, limit: 5 }]],
  () => [["get_queue_stats", {}]],
  ({ id }) => [["explain_task", { "task_id": id }], ["get_task", { "task_id": id }]],
  ...BULK_VERBS.map((verb): Verb => ({ tasks }) => [[verb, { "task_ids": Object.values(tasks) }]]),
];
