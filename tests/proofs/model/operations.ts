/**
 * What operators do, in the reference model.
 *
 * @module
 */

import { endAttempt } from "./ends.ts";
import type { Model } from "./model.ts";
import { forbids, isBad, isOver, open, openBelow, passOnBadEnd, workflowStatus } from "./rules.ts";
import { LEASE_MS, type Letter, Refused, type Status, type Task, type Workflow } from "./types.ts";

/** Which dead letters are meant. */
export interface LetterFilter {
  readonly queue?: string;
  readonly name?: string;
  readonly task?: Task;
  readonly replayed?: boolean;
}

/** Cancels a task; returns the status that it had. */
export function cancelTask(model: Model, task: Task): Status {
  const { status } = task;
  if (status === "completed" || status === "failed") throw new Refused("TQ004");
  if (status !== "cancelled") cancel(model, task);
  return status;
}

/** Cancels what is left of a workflow; returns how many steps that were. */
export function cancelWorkflow(model: Model, workflow: Workflow): number {
  const left = workflow.steps.filter(({ status }) => !isOver(status));
  if (left.length === 0) {
    if (workflowStatus(workflow) !== "cancelled") throw new Refused("TQ004");
    return 0;
  }
  workflow.cancelled = true;
  // All are the user's doing, also those that a cascade would reach.
  for (const step of left) if (step.status === "claimed") endClaim(step);
  for (const step of left) markCancelled(model, step);
  for (const step of left) passOnBadEnd(step, model.now);
  return left.length;
}

/** Retries a task that ended badly. */
export function retry(model: Model, task: Task): void {
  if (!isBad(task.status)) throw new Refused("TQ004");
  if (hasRival(model, task)) throw new Refused("TQ004");
  if (task.edges.some(forbids)) throw new Refused("TQ006");
  reopen(model, task);
}

/** Retries the tasks of dead letters; returns them. */
export function replay(model: Model, filter: LetterFilter): Task[] {
  const named = lettersOf(model, { ...filter, replayed: false }).map(({ task }) => task);
  const tasks = [...new Set(named)]
    .filter(({ status }) => status === "failed")
    .toSorted((a, b) => a.age - b.age); // parents first
  const replayed: Task[] = [];
  for (const task of tasks) {
    if (task.status !== "failed" || task.edges.some(forbids)) continue;
    if (hasRival(model, task)) {
      if (filter.task) throw new Refused("TQ004");
      continue;
    }
    reopen(model, task);
    replayed.push(task);
  }
  return replayed;
}

/** Forgets dead letters; returns their tasks. */
export function purge(model: Model, filter: LetterFilter): Task[] {
  const gone = new Set(lettersOf(model, filter));
  model.letters = model.letters.filter((letter) => !gone.has(letter));
  return [...new Set([...gone].map(({ task }) => task))];
}

function lettersOf(model: Model, { queue, name, task, replayed = false }: LetterFilter): Letter[] {
  return model.letters.filter((letter) =>
    (replayed || !letter.replayed) && (queue ?? letter.task.queue) === letter.task.queue &&
    (name ?? letter.task.name) === letter.task.name && (task ?? letter.task) === letter.task
  );
}

function cancel(model: Model, task: Task): void {
  if (task.status === "claimed") endClaim(task);
  markCancelled(model, task);
  passOnBadEnd(task, model.now);
}

function endClaim(task: Task): void {
  task.dying.push({ attempt: task.attempt, leaseEndsAt: task.claim!.heartbeatAt + LEASE_MS });
  endAttempt(task, "cancelled");
}

function markCancelled(model: Model, task: Task): void {
  task.status = "cancelled";
  task.cascaded = false;
  task.finishedAt = model.now;
}

/** Whether a newer task or workflow has taken the key that a retry would need. */
function hasRival(model: Model, task: Task): boolean {
  const { workflow, queue, key } = task;
  const rival = key === null ? undefined : model.holderOf("task", queue, key);
  const workflowRival = workflow?.key ? model.holderOf("workflow", workflow.queue, workflow.key) : undefined;
  return rival !== undefined && rival !== task || workflowRival !== undefined && workflowRival !== workflow;
}

function reopen(model: Model, task: Task): void {
  open(task, model.now);
  const opened = new Set([task, ...openBelow(task, model.now)]);
  for (const letter of model.letters) if (opened.has(letter.task)) letter.replayed = true;
}
