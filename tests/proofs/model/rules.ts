/**
 * The rules that every verb of the model shares: what holds a task back, what an end does to those that wait for it,
 * when a workflow is over, who holds a key. Written from the design, in the plainest way: everything is worked out anew
 * from the whole graph, where the SQL keeps counters and touches as little as it can.
 *
 * @module
 */

import { type Edge, KEY_WINDOW_MS, type Status, type Task, type Workflow } from "./types.ts";

/** Whether a task ended without a result. */
export function isBad(status: Status): boolean {
  return status === "failed" || status === "cancelled";
}

/** Whether a task has ended. */
export function isOver(status: Status): boolean {
  return status === "completed" || isBad(status);
}

/** Whether a parent as it stands lets its child go. */
export function letsGo({ parent, policy }: Edge): boolean {
  return parent.status === "completed" || policy === "ignore" && isBad(parent.status);
}

/** Whether a parent as it stands forbids its child to run at all. */
export function forbids({ parent, policy }: Edge): boolean {
  return policy === "cancel" && isBad(parent.status);
}

/** When nothing but time may hold the task back any longer. */
export function availableAt({ notBefore, dying }: Task): number {
  return Math.max(notBefore, ...dying.map(({ leaseEndsAt }) => leaseEndsAt));
}

/** The finer state of a task. */
export function stateOf(task: Task, now: number): string {
  if (task.status !== "pending") return task.status;
  if (task.edges.some(({ satisfied }) => !satisfied)) return "blocked";
  return availableAt(task) > now ? "scheduled" : "ready";
}

/** Passes a bad end on: cancels along edges of policy cancel, satisfies those of policy ignore. */
export function passOnBadEnd(task: Task, now: number): void {
  for (const child of task.children) {
    for (const edge of child.edges.filter(({ parent }) => parent === task)) {
      if (edge.satisfied || edge.policy === "wait") continue;
      if (edge.policy === "ignore") edge.satisfied = true;
      else if (child.status === "pending") {
        child.status = "cancelled";
        child.cascaded = true;
        child.finishedAt = now;
        passOnBadEnd(child, now);
      }
    }
  }
}

/** Passes a good end on. */
export function passOnCompletion(task: Task): void {
  for (const child of task.children) {
    for (const edge of child.edges) if (edge.parent === task) edge.satisfied = true;
  }
}

/** Opens a task again: its in-edges are looked at anew. */
export function open(task: Task, now: number): void {
  for (const edge of task.edges) edge.satisfied = letsGo(edge);
  task.status = "pending";
  task.notBefore = Math.max(task.notBefore, now);
  task.failures = 0;
  task.notNow = 0;
  task.finishedAt = null;
  task.cascaded = false;
}

/** The longest path from a root to a task. */
export function depthOf({ edges }: Task): number {
  return Math.max(0, ...edges.map(({ parent }) => depthOf(parent) + 1));
}

/** Whether a blocked task waits, directly or not, for one that ended badly. */
export function isStuck(task: Task): boolean {
  return task.edges.some(({ satisfied, parent }) => !satisfied && (isBad(parent.status) || isStuck(parent)));
}

/** The status of a workflow, as its steps stand. */
export function workflowStatus(workflow: Workflow): "running" | "completed" | "failed" | "cancelled" {
  const { steps, cancelled } = workflow;
  if (steps.some((step) => !isOver(step.status) && !isStuck(step))) return "running";
  if (steps.every((step) => step.status === "completed" || isIgnored(step))) return "completed";
  const isLeft = steps.some(({ status, cascaded }) => status === "cancelled" && !cascaded);
  return cancelled && isLeft ? "cancelled" : "failed";
}

/** Whether a step ended badly, and all steps that depend on it (there is one) ignore that. */
function isIgnored(step: Task): boolean {
  const edges = step.children
    .filter(({ workflow }) => workflow === step.workflow)
    .flatMap((child) => child.edges.filter(({ parent }) => parent === step));
  return isBad(step.status) && edges.length > 0 && edges.every(({ policy }) => policy === "ignore");
}

/** Whether a task or workflow holds the key that it was given. */
export function holdsKey(holder: Task | Workflow, now: number): boolean {
  if (holder.key === null) return false;
  const status = "steps" in holder ? workflowStatus(holder) : holder.status;
  if (isBad(status as Status)) return false;
  return status !== "completed" || now < holder.finishedAt! + KEY_WINDOW_MS[holder.key];
}

/** All tasks above a task. */
export function ancestors(task: Task, found: Set<Task> = new Set()): Set<Task> {
  for (const { parent } of task.edges) {
    if (!found.has(parent)) ancestors(parent, found.add(parent));
  }
  return found;
}

/** The results of all completed ancestors, by step name within the workflow, else by task id. */
export function inputsOf(task: Task): Record<string, unknown> {
  return Object.fromEntries(
    [...ancestors(task)].filter(({ status }) => status === "completed").map((above) => [
      above.workflow !== null && above.workflow === task.workflow ? above.step : above.id,
      above.result,
    ]),
  );
}
