/**
 * What operators do, in the reference model.
 *
 * @module
 */

import { endAttempt } from "./ends.ts";
import type { Model } from "./model.ts";
import { claimWhereReserved } from "./reservations.ts";
import { ancestors, depthOf, forbids, isBad, isOver, open, passOnBadEnd, workflowStatus } from "./rules.ts";
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
  claimWhereReserved(model, [task]);
  const { status } = task;
  if (status === "completed" || status === "failed") throw new Refused("TQ004");
  cancelTasks(model, [task]);
  return status;
}

/** Cancels those of the tasks that have not ended; returns them. */
export function cancelTasks(model: Model, tasks: readonly Task[]): Task[] {
  claimWhereReserved(model, tasks);
  const left = tasks.filter(({ status }) => !isOver(status));
  // All are the user's doing, also those that a cascade would reach.
  for (const task of left) if (task.status === "claimed") endClaim(task, "cancelled");
  for (const task of left) markCancelled(model, task);
  for (const task of left) passOnBadEnd(task, model.now);
  return left;
}

/** Retries those of the tasks that ended badly and can be; returns them. */
export function retryTasks(model: Model, tasks: readonly Task[]): Task[] {
  return reopen(model, tasks.filter(({ status }) => isBad(status)));
}

/** Takes claims back from their workers; returns the tasks, which wait until the processes are known to be gone. */
export function releaseClaims(model: Model, tasks: readonly Task[]): Task[] {
  const claimed = tasks.filter(({ status }) => status === "claimed");
  for (const task of claimed) {
    endClaim(task, "released");
    task.status = "pending";
    task.notBefore = model.now;
  }
  return claimed;
}

/** Lets blocked tasks go on without the parents that ended badly; returns them. */
export function unblockTasks(model: Model, tasks: readonly Task[]): Task[] {
  const stuck = tasks.filter(({ status, edges }) =>
    status === "pending" && edges.some(({ satisfied, parent }) => !satisfied && isBad(parent.status))
  );
  const free = stuck.filter((task) => !hasRival(model, task));
  for (const { edges } of free) {
    for (const edge of edges.filter(({ satisfied, parent }) => !satisfied && isBad(parent.status))) {
      edge.policy = "ignore";
      edge.satisfied = true;
    }
  }
  return free;
}

/** Cancels what is left of a workflow; returns how many steps that were. */
export function cancelWorkflow(model: Model, workflow: Workflow): number {
  const left = workflow.steps.filter(({ status }) => !isOver(status));
  if (left.length === 0) {
    if (workflowStatus(workflow) !== "cancelled") throw new Refused("TQ004");
    return 0;
  }
  workflow.cancelled = true;
  return cancelTasks(model, left).length;
}

/** Changes the priority of a task that has not ended; returns the one it had. */
export function setPriority(task: Task, priority: number): number {
  if (isOver(task.status)) throw new Refused("TQ004");
  const before = task.priority;
  task.priority = priority;
  return before;
}

/** Retries a task that ended badly. */
export function retry(model: Model, task: Task): void {
  if (!isBad(task.status)) throw new Refused("TQ004");
  if (hasRival(model, task)) throw new Refused("TQ004");
  if (task.edges.some(forbids)) throw new Refused("TQ006");
  reopen(model, [task]);
}

/** Retries the tasks of dead letters; returns them. One whose key a newer one holds is left out, unless it was named. */
export function replay(model: Model, filter: LetterFilter): Task[] {
  const named = lettersOf(model, { ...filter, replayed: false }).map(({ task }) => task);
  const tasks = [...new Set(named)].filter(({ status }) => status === "failed");
  if (filter.task && tasks.some((task) => hasRival(model, task))) throw new Refused("TQ004");
  return reopen(model, tasks);
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

function endClaim(task: Task, outcome: "cancelled" | "released"): void {
  task.dying.push({ attempt: task.attempt, leaseEndsAt: task.claim!.heartbeatAt + LEASE_MS });
  endAttempt(task, outcome);
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

/** Opens roots, and what was cancelled because of them; returns the roots that it opened. */
function reopen(model: Model, roots: readonly Task[]): Task[] {
  const opened: Task[] = [];
  for (const task of model.kept().toSorted(byDepth)) {
    if (!roots.includes(task) && !hangsOn(task, roots) || task.edges.some(forbids)) continue;
    if (!hasRival(model, task)) {
      open(task, model.now);
      opened.push(task);
    } else if (task.status === "cancelled") {
      task.cascaded = false; // from now on it is its own key that keeps it closed
    }
  }
  for (const letter of model.letters) if (opened.includes(letter.task)) letter.replayed = true;
  return opened.filter((task) => roots.includes(task));
}

/** Whether a task was cancelled because of one that ended badly, down from one of the roots. */
function hangsOn(task: Task, roots: readonly Task[]): boolean {
  if (task.status !== "cancelled" || !task.cascaded) return false;
  const above = ancestors(task);
  return roots.some((root) => above.has(root));
}

function byDepth(a: Task, b: Task): number {
  return depthOf(a) - depthOf(b) || a.age - b.age;
}
