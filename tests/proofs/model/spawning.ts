/**
 * Spawning on the schema and on the model.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type DatabaseSession, json } from "../../../lib/database.ts";
import { type Action, NAMES, type Pick, QUEUES } from "./actions.ts";
import { both } from "./calls.ts";
import type { Model } from "./model.ts";
import type { SpawnRequest, StepRequest } from "./requests.ts";
import { KEY_WINDOW_MS, type Task } from "./types.ts";

const UNKNOWN = "00000000-0000-7000-8000-000000000000";

/** Where an action is played. */
export interface Place {
  readonly session: DatabaseSession;
  readonly model: Model;
  /** A task by number. */
  readonly task: (pick: Pick) => Task | undefined;
}

/** Spawns a task. */
export async function playSpawn(
  { session, model, task }: Place,
  action: Extract<Action, { type: "spawn" }>,
): Promise<void> {
  const parents = action.parents.map((pick) => pick < 0 ? null : task(pick) ?? null);
  const request: SpawnRequest = {
    ...action,
    queue: QUEUES[action.queue],
    name: NAMES[action.name],
    delayMs: action.delaySec * 1000,
    parents,
  };
  const options = {
    priority: action.priority,
    ...(action.delaySec > 0 && { "delay_sec": action.delaySec }),
    "dlq_enabled": action.dlq,
    ...(action.retries !== null && { "max_retries": action.retries }),
    ...(action.key !== null && { key: action.key, "key_window_sec": KEY_WINDOW_MS[action.key] / 1000 }),
    ...(parents.length > 0 && {
      "depends_on": parents.map((parent) => parent?.id ?? UNKNOWN),
      "on_parent_failure": action.policy,
    }),
  };
  const args = {
    "queue_name": request.queue,
    "task_name": request.name,
    params: json({}),
    options: json(options),
  };
  const [{ rows: [row], answer }] = await both(
    session,
    "spawn_task",
    args,
    (rows) => model.spawn(request, () => rows![0].task_id),
  );
  assert.deepEqual([row.task_id, row.created], [answer.task.id, answer.created]);
}

/** Spawns a graph. */
export async function playGraph(
  { session, model, task }: Place,
  { queue, key, steps, outside }: Extract<Action, { type: "graph" }>,
): Promise<void> {
  // A graph with a key stands alone: what frees its key then lies within it.
  const parent = outside === null || key !== null ? undefined : task(outside);
  const requests: StepRequest[] = steps.map(({ parents, retries }, index) => ({
    name: `step${index}`,
    retries,
    parents: [
      ...parents.slice(0, index).flatMap((policy, on) => policy === null ? [] : [{ on, policy }]),
      ...(parent && index === 0 ? [{ on: parent, policy: parents[0] ?? "cancel" }] : []),
    ],
  }));
  const document = {
    name: "graph",
    "queue_name": QUEUES[queue],
    ...(key !== null && { key, "key_window_sec": KEY_WINDOW_MS[key] / 1000 }),
    steps: requests.map(({ name, retries, parents }) => ({
      name,
      "task_name": name,
      ...(retries !== null && { "max_retries": retries }),
      "depends_on": parents.map(({ on, policy }) => ({
        ...(typeof on === "number" ? { step: `step${on}` } : { "task_id": on.id }),
        "on_parent_failure": policy,
      })),
    })),
  };
  const [{ rows, answer }] = await both(
    session,
    "spawn_workflow",
    { workflow: json(document) },
    (found) =>
      model.spawnGraph({ queue: QUEUES[queue], key, steps: requests }, () => ({
        workflow: found![0].workflow_id,
        tasks: found!.map((row) => row.task_id),
      })),
  );
  const known = answer.workflow.pruned
    ? [[null, null]] // the id of the holder is told, and nothing else is left of it
    : answer.workflow.steps.map((step) => [step.step, step.id]);
  assert.deepEqual(
    rows.map((row) => [row.workflow_id, row.created, row.step_name, row.task_id]),
    known.map((step) => [answer.workflow.id, answer.created, ...step]),
  );
}
