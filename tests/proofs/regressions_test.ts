import { checkHistory } from "./model/check.ts";
import type { Action } from "./model/actions.ts";
import { withDatabase } from "../support/database.ts";

/** A spawn as the histories below need it. */
function spawn(fields: Partial<Extract<Action, { type: "spawn" }>> = {}): Action {
  return {
    type: "spawn",
    queue: 0,
    name: 0,
    priority: 0,
    delaySec: 0,
    key: null,
    retries: null,
    dlq: true,
    parents: [],
    policy: "cancel",
    ...fields,
  };
}

const CLAIM: Action = {
  type: "claim",
  worker: 0,
  queues: ["north", "south"],
  limit: 4,
  names: null,
  retries: 0,
};
const ONE_STEP: Extract<Action, { type: "graph" }> = {
  type: "graph",
  queue: 0,
  key: null,
  outside: null,
  steps: [{ parents: [], retries: null }],
};

/** Histories that the model once found to go wrong. */
const FOUND: Record<string, Action[]> = {
  "a workflow ends though a task outside waits for its last step": [
    ONE_STEP,
    spawn({ parents: [0] }),
    CLAIM,
    { type: "complete", picks: [0] },
  ],
  "a workflow fails though a task outside ignores how its last step ended": [
    ONE_STEP,
    spawn({ parents: [0], policy: "ignore" }),
    CLAIM,
    { type: "fail", picks: [1], permanent: true, notNow: false },
  ],
  "a task that is opened with its parent has its key again": [
    spawn(),
    spawn({ key: "long", parents: [0] }),
    { type: "cancel", pick: 0 },
    { type: "retry", pick: 0 },
    spawn({ key: "long" }),
  ],
  "a task stays cancelled when its parent is retried while a newer one holds its key": [
    spawn(),
    spawn({ key: "long", parents: [0] }),
    { type: "cancel", pick: 0 },
    spawn({ key: "long" }),
    { type: "retry", pick: 0 },
  ],
  "only the claim that was cancelled is acknowledged, not the one after it": [
    spawn(),
    CLAIM,
    { type: "cancel", pick: 0 },
    { type: "retry", pick: 0 },
    { type: "advance", sec: 1000 },
    CLAIM,
    { type: "complete", picks: [0] },
    { type: "acknowledge", picks: [0, 6] },
  ],
  "a workflow that stays cancelled gets no key by the retry of a step that cannot move": [
    {
      type: "graph",
      queue: 0,
      key: "long",
      outside: null,
      steps: [{ parents: [], retries: null }, { parents: ["wait"], retries: null }],
    },
    { type: "cancelWorkflow", pick: 0 },
    { type: "retry", pick: 1 },
    { ...ONE_STEP, key: "long" },
  ],
  "a released task that was cancelled waits no longer once its processes are gone": [
    spawn(),
    CLAIM,
    { type: "bulk", verb: "release_claims", picks: [0] },
    { type: "cancel", pick: 0 },
    { type: "acknowledge", picks: [0] },
    { type: "retry", pick: 0 },
  ],
  "a beat for a released claim whose lease has ended does not bring it back": [
    spawn(),
    CLAIM,
    { type: "advance", sec: 1000 },
    { type: "bulk", verb: "release_claims", picks: [0] },
    { type: "beat", worker: 0, all: true },
  ],
  "of two dead letters with one key a replay of all opens one": [
    spawn({ key: "long" }),
    CLAIM,
    { type: "fail", picks: [0], permanent: true, notNow: false },
    spawn({ key: "long" }),
    CLAIM,
    { type: "fail", picks: [0], permanent: true, notNow: false },
    { type: "replay", queue: null, pick: null },
  ],
  "a workflow that was stuck and can move again has its key again": [
    {
      type: "graph",
      queue: 0,
      key: "long",
      outside: null,
      steps: [
        { parents: [], retries: null },
        { parents: ["wait"], retries: null },
        { parents: [null, "ignore"], retries: null },
        { parents: ["cancel"], retries: null },
      ],
    },
    { type: "cancel", pick: 0 },
    { type: "cancel", pick: 1 },
  ],
  "the edges of a task that a retry leaves closed stay as they were": [
    {
      type: "graph",
      queue: 0,
      key: null,
      outside: null,
      steps: [
        { parents: [], retries: null },
        { parents: [], retries: null },
        { parents: ["ignore", "cancel"], retries: null },
        { parents: [], retries: null },
      ],
    },
    { type: "cancelWorkflow", pick: 0 },
    { type: "bulk", verb: "retry_tasks", picks: [2, 0] },
  ],
};

for (const [name, history] of Object.entries(FOUND)) {
  Deno.test(name, () => withDatabase((database) => checkHistory(database, history)));
}
