// deno-lint-ignore-file camelcase -- keys are those of the database
/**
 * Documents about tasks and workflows.
 *
 * @module
 */

import { z } from "zod";
import { about, count, flag, id, json, number, object, policy, state, status, text, time } from "./values.ts";
import { workflowStatus } from "./values.ts";

const relative = {
  task_id: about(id, "the other task"),
  task_name: about(text, "its name"),
  step_name: about(text.nullable(), "its step in the workflow"),
  status: about(status, "its status"),
  state: about(state, "its state"),
  on_parent_failure: about(policy, "what happens to the child when the parent ends badly"),
};

/** A task as lists have it. */
export const task = z.strictObject({
  task_id: about(id, "UUIDv7"),
  queue_name: about(text, "its queue"),
  task_name: about(text, "the name that workers look up"),
  status: about(status, "one of five"),
  state: about(state, "the status, with pending split by what holds the task back"),
  params: about(object, "its parameters"),
  result: about(json, "what it gave, when completed"),
  error: about(text.nullable(), "the last error"),
  error_reason: about(text.nullable(), "the last error, in a word"),
  priority: about(number, "higher is claimed first"),
  attempt: about(count, "claims so far"),
  failures: about(count, "failures that count"),
  max_retries: about(count.nullable(), "retries allowed; null until a claim settles it"),
  timeout_sec: about(number.nullable(), "time limit of an attempt; null until a claim settles it"),
  worker_id: about(text.nullable(), "worker of the last claim"),
  workflow_id: about(id.nullable(), "the workflow it is a step of"),
  step_name: about(text.nullable(), "the step"),
  key: about(text.nullable(), "idempotency key"),
  created_at: about(time, "when it was spawned"),
  run_at: about(time.nullable(), "not before this time"),
  claimed_at: about(time.nullable(), "the last claim"),
  heartbeat_at: about(time.nullable(), "the last heartbeat of that claim"),
  finished_at: about(time.nullable(), "when it ended"),
  progress: about(
    z.strictObject({ fraction: number, message: text.nullable(), at: time }).nullable(),
    "how far it is: fraction from 0 to 1, message, at",
  ),
  cancel_reason: about(text.nullable(), "why it was cancelled"),
  cause_task_id: about(id.nullable(), "the task whose bad end cancelled this one"),
  depends_on: about(z.array(z.strictObject(relative)), "its parents, as relatives"),
});

/** One run of a task. */
export const attempt = z.strictObject({
  attempt: about(count, "number of the claim, from 1"),
  worker_id: about(text, "the worker"),
  claimed_at: about(time, "when it was claimed"),
  finished_at: about(time.nullable(), "when it ended"),
  outcome: about(z.enum(["completed", "failed", "released", "cancelled", "lost"]).nullable(), "how it ended"),
  reason: about(text.nullable(), "why, in a word"),
  message: about(text.nullable(), "why, in words"),
  exit_code: about(z.int().nullable(), "of the program"),
  signal: about(text.nullable(), "that ended the program"),
  duration_ms: about(number.nullable(), "wall time"),
  cpu_ms: about(number.nullable(), "processor time of all processes"),
  peak_memory_bytes: about(count.nullable(), "highest memory of all processes"),
  flags: about(z.array(text).nullable(), "permission flags it ran with"),
  log_tail: about(text.nullable(), "first and last part of its log"),
  work_dir: about(text.nullable(), "its folder, with its products"),
});

/** A task as `task show` has it. */
export const fullTask = task.extend({
  not_now_count: about(count, 'how often in a row its stage said "not now"'),
  backoff_base_sec: about(number, "upper bound of the first wait before a retry"),
  backoff_cap_sec: about(number, "upper bound of any wait before a retry"),
  dlq_enabled: about(flag, "whether it gets a dead letter when it fails"),
  on_complete: about(text.nullable(), "sink that its result goes to"),
  attempts: about(z.array(attempt), "its claims that have ended, as attempts"),
  children: about(
    z.array(z.strictObject(relative)),
    "the first hundred tasks that depend on it, as relatives",
  ),
});

/** What became of one task of many. */
export const bulkResult = z.strictObject({
  task_id: about(id, "the task"),
  outcome: about(z.enum(["ok", "skipped"]), "whether it was done"),
  state: about(state.nullable(), "its state now; null when there is no such task"),
  message: about(text.nullable(), "why it was skipped"),
});

/** What a dry run tells. */
export const preview = z.strictObject({
  count: about(count, "how many tasks it would work on"),
  sample: about(z.array(task), "ten of them at most, as in `task list`"),
});

const REASONS = [
  "parent",
  "ancestor",
  "time",
  "backoff",
  "dying",
  "paused",
  "limit",
  "not_offered",
  "turn",
  "reserved",
  "running",
  "silent",
  "expired",
  "completed",
  "failed",
  "cancelled",
] as const;

/** What holds a task back; facts that are not known are absent. */
export const explanation = z.strictObject({
  task_id: about(id, "the task"),
  task_name: about(text, "its name"),
  queue_name: about(text, "its queue"),
  status: about(status, "its status"),
  state: about(state, "its state"),
  reasons: about(
    z.array(z.looseObject({
      kind: z.enum(REASONS),
      ends_by_itself: flag,
      freed_by: z.array(text),
    })),
    "each alone would do: kind, ends_by_itself, freed_by (functions of the schema), and facts that depend on the kind",
  ),
});

/** A line of a log. */
export const logLine = z.strictObject({
  attempt: about(count, "number of the claim"),
  at: about(time.nullable(), "when it arrived; null for what was kept at the end only"),
  text: about(text, "the line"),
});

const workflowFields = {
  workflow_id: about(id, "UUIDv7"),
  name: about(text, "name of the chain"),
  queue_name: about(text, "its queue"),
  status: about(workflowStatus, "it ends when nothing in it can move without an operator"),
  key: about(text.nullable(), "idempotency key"),
  params: about(object, "parameters that all steps share"),
  created_at: about(time, "when it was spawned"),
  finished_at: about(time.nullable(), "when it ended"),
  cancel_reason: about(text.nullable(), "why a user cancelled it"),
};

/** A workflow as lists have it. */
export const workflow = z.strictObject({
  ...workflowFields,
  steps: about(
    z.array(z.strictObject({ task_id: id, task_name: text, step_name: text, status, state })),
    "its steps in order: task_id, task_name, step_name, status, state",
  ),
});

/** A workflow as `workflow show` has it. */
export const fullWorkflow = z.strictObject({
  ...workflowFields,
  steps: about(z.array(task), "its steps in order, as in `task list`"),
});

/** A spawned task. */
export const spawned = z.strictObject({
  task_id: about(id, "the task, or the one that has the key"),
  created: about(flag, "false when a task with the same key was there"),
  params_differ: about(flag, "true when that one has other params"),
  offered: about(flag, "whether a live worker offers such tasks"),
});

/** A spawned workflow. */
export const spawnedWorkflow = z.strictObject({
  workflow_id: about(id, "the workflow, or the one that has the key"),
  task_ids: about(z.record(text, id), "ids of the tasks by step, in the order of the steps"),
  created: about(flag, "false when a workflow with the same key was there"),
  params_differ: about(flag, "true when that one has other params"),
  not_offered: about(z.array(text), "names of tasks that no live worker offers"),
});

/** A dead letter as lists have it. */
export const deadLetter = z.strictObject({
  task_id: about(id, "the task"),
  queue_name: about(text, "its queue"),
  task_name: about(text, "its name"),
  workflow_id: about(id.nullable(), "its workflow"),
  step_name: about(text.nullable(), "its step"),
  error: about(text.nullable(), "the last error"),
  error_reason: about(text.nullable(), "the same, in a word"),
  failures: about(count, "failures that counted"),
  attempt: about(count, "claims; with the id the cursor, `TASK_ID/ATTEMPT`"),
  failed_at: about(time, "when it failed"),
  replayed_at: about(time.nullable(), "when it was replayed"),
  params: about(object, "parameters of the task"),
});

/** A dead letter as `dlq show` has it. */
export const fullDeadLetter = deadLetter.extend({
  attempts: about(z.array(attempt), "all its claims, as attempts"),
});
