/**
 * The steps of a random history. An action names tasks by number, which is taken modulo the tasks that there are, so
 * that any list of actions is a history and fast-check can shrink it freely.
 *
 * @module
 */

import fc from "fast-check";
import type { Policy } from "./types.ts";

/** The queues of a history. */
export const QUEUES: readonly string[] = ["north", "south"];

/** The names of its tasks. */
export const NAMES: readonly string[] = ["convert", "image"];

/** Its workers. */
export const WORKERS: readonly string[] = ["w1", "w2", "w3"];

/** A parent: by number; a negative one does not exist. */
export type Pick = number;

/** One step of a history. */
export type Action =
  | {
    type: "spawn";
    queue: number;
    name: number;
    priority: number;
    delaySec: number;
    key: string | null;
    retries: number | null;
    dlq: boolean;
    parents: Pick[];
    policy: Policy;
  }
  | { type: "graph"; queue: number; key: string | null; steps: GraphStep[]; outside: Pick | null }
  | {
    type: "claim";
    worker: number;
    queues: string[];
    limit: number;
    names: string[] | null;
    retries: number;
  }
  | { type: "work"; worker: number; rounds: number }
  | { type: "complete"; picks: Pick[] }
  | { type: "fail"; picks: Pick[]; permanent: boolean; notNow: boolean }
  | { type: "release"; picks: Pick[] }
  | { type: "acknowledge"; picks: Pick[] }
  | { type: "beat"; worker: number; all: boolean }
  | { type: "advance"; sec: number }
  | { type: "recover" }
  | { type: "silence" }
  | { type: "cancel"; pick: Pick }
  | { type: "cancelWorkflow"; pick: Pick }
  | { type: "retry"; pick: Pick }
  | { type: "replay"; queue: number | null; pick: Pick | null }
  | { type: "purge"; queue: number | null; replayed: boolean }
  | { type: "bulk"; verb: BulkVerb; picks: Pick[] }
  | { type: "priority"; pick: Pick; priority: number }
  | { type: "prune"; sec: number }
  | { type: "limit"; queue: number | null; name: number | null; max: number | null }
  | { type: "reserve"; worker: number; queue: number; limit: number; retries: number }
  | { type: "reserved"; verb: "complete" | "claim" | "release"; which: Pick; picks: Pick[] }
  | { type: "forget"; worker: number; all: boolean }
  | { type: "pause"; queue: number }
  | { type: "resume"; queue: number };

/** What operators do to many tasks at once. */
export type BulkVerb = "cancel_tasks" | "retry_tasks" | "release_claims" | "unblock_tasks";

/** A step of a graph: which of the steps before it are its parents, with the policy of each edge. */
export interface GraphStep {
  readonly parents: readonly (Policy | null)[];
  readonly retries: number | null;
}

const queue = fc.nat({ max: QUEUES.length - 1 });
const worker = fc.nat({ max: WORKERS.length - 1 });
const pick = fc.nat({ max: 999 });
const picks = fc.array(pick, { minLength: 1, maxLength: 3 });
const policy = fc.constantFrom<Policy>("cancel", "cancel", "wait", "ignore");
const key = fc.option(fc.constantFrom("long", "short"), { freq: 3 });
const retries = fc.option(fc.nat({ max: 2 }), { freq: 2 });
const edge = fc.option(policy, { freq: 2 });
const step: fc.Arbitrary<GraphStep> = fc.record({
  parents: fc.array(edge, { maxLength: 4 }),
  retries,
});

function action<T extends Action["type"]>(
  type: T,
  fields: { [K in keyof Omit<Extract<Action, { type: T }>, "type">]: fc.Arbitrary<unknown> },
): fc.Arbitrary<Action> {
  return fc.record({ type: fc.constant(type), ...fields }) as unknown as fc.Arbitrary<Action>;
}

/** Any step, the common ones more often. */
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 7,
    arbitrary: action("spawn", {
      queue,
      name: fc.nat({ max: NAMES.length - 1 }),
      priority: fc.nat({ max: 2 }),
      delaySec: fc.constantFrom(0, 0, 0, 60),
      key,
      retries,
      dlq: fc.constantFrom(true, true, true, false),
      parents: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        { weight: 3, arbitrary: fc.array(pick, { minLength: 1, maxLength: 3 }) },
        { weight: 1, arbitrary: fc.constant([-1]) },
      ),
      policy,
    }),
  },
  // What can be reserved.
  {
    weight: 4,
    arbitrary: action("spawn", {
      queue,
      name: fc.nat({ max: NAMES.length - 1 }),
      priority: fc.nat({ max: 2 }),
      delaySec: fc.constant(0),
      key: fc.constant(null),
      retries: fc.constant(null),
      dlq: fc.constant(true),
      parents: fc.constant([]),
      policy,
    }),
  },
  {
    weight: 9,
    arbitrary: action("graph", {
      queue,
      key,
      steps: fc.array(step, { minLength: 1, maxLength: 5 }),
      outside: fc.option(pick, { freq: 2 }),
    }),
  },
  {
    weight: 9,
    arbitrary: action("claim", {
      worker,
      queues: fc.constantFrom(["north"], ["south"], ["north", "south"], ["north", "south"]),
      limit: fc.integer({ min: 1, max: 4 }),
      names: fc.constantFrom(null, null, null, ["image"]),
      retries: fc.constantFrom(0, 1, 3),
    }),
  },
  {
    weight: 5,
    arbitrary: action("reserve", {
      worker,
      queue,
      limit: fc.integer({ min: 1, max: 3 }),
      retries: fc.constantFrom(0, 1, 3),
    }),
  },
  {
    weight: 6,
    arbitrary: action("reserved", {
      verb: fc.constantFrom("complete", "complete", "complete", "claim", "release"),
      which: pick,
      picks,
    }),
  },
  { weight: 1, arbitrary: action("forget", { worker, all: fc.boolean() }) },
  { weight: 11, arbitrary: action("work", { worker, rounds: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 7, arbitrary: action("complete", { picks }) },
  {
    weight: 7,
    arbitrary: action("fail", {
      picks,
      permanent: fc.constantFrom(true, false),
      notNow: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 2, arbitrary: action("release", { picks }) },
  { weight: 2, arbitrary: action("acknowledge", { picks }) },
  { weight: 4, arbitrary: action("beat", { worker, all: fc.boolean() }) },
  { weight: 6, arbitrary: action("advance", { sec: fc.constantFrom(1, 20, 31, 61, 121, 1000, 4000, 3e6) }) },
  { weight: 2, arbitrary: action("recover", {}) },
  { weight: 2, arbitrary: action("silence", {}) },
  { weight: 3, arbitrary: action("cancel", { pick }) },
  { weight: 1, arbitrary: action("cancelWorkflow", { pick }) },
  { weight: 4, arbitrary: action("retry", { pick }) },
  { weight: 3, arbitrary: action("replay", { queue: fc.option(queue), pick: fc.option(pick) }) },
  { weight: 1, arbitrary: action("purge", { queue: fc.option(queue), replayed: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: action("bulk", {
      verb: fc.constantFrom<BulkVerb>(
        "cancel_tasks",
        "retry_tasks",
        "release_claims",
        "unblock_tasks",
        "unblock_tasks",
      ),
      picks: fc.array(pick, { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 1, arbitrary: action("priority", { pick, priority: fc.nat({ max: 4 }) }) },
  { weight: 2, arbitrary: action("prune", { sec: fc.constantFrom(0, 60, 2000) }) },
  {
    weight: 1,
    arbitrary: action("limit", {
      queue: fc.option(queue),
      name: fc.option(fc.nat({ max: NAMES.length - 1 })),
      max: fc.constantFrom(null, null, 0, 1, 1, 2, 3),
    }),
  },
  { weight: 1, arbitrary: action("pause", { queue }) },
  { weight: 3, arbitrary: action("resume", { queue }) },
);

/** A history. */
export const histories: fc.Arbitrary<Action[]> = fc.array(anyAction, {
  minLength: 1,
  maxLength: 50,
  size: "max",
});
