/**
 * Retention, in the reference model.
 *
 * @module
 */

import type { Model } from "./model.ts";
import { isOver, workflowStatus } from "./rules.ts";
import type { Task, Workflow } from "./types.ts";

/** Forgets what ended at least `ageMs` ago and nobody needs; a workflow goes whole. */
export function prune(model: Model, ageMs: number): { tasks: number; workflows: number } {
  const before = model.now - ageMs;
  model.forgetful = true;
  // All are judged as things stand before any of them goes.
  const workflows = model.workflows.filter((one) => !one.pruned && isSpentWorkflow(model, one, before));
  const single = model.kept().filter((task) => task.workflow === null && isSpent(model, task, before));
  const tasks = [...workflows.flatMap(({ steps }) => steps), ...single];
  for (const workflow of workflows) workflow.pruned = true;
  for (const task of tasks) forget(model, task);
  for (const task of model.tasks) task.dying = task.dying.filter(({ leaseEndsAt }) => leaseEndsAt > before);
  return { tasks: tasks.length, workflows: workflows.length };
}

function isSpentWorkflow(model: Model, workflow: Workflow, before: number): boolean {
  return workflowStatus(workflow) !== "running" && workflow.finishedAt! <= before &&
    workflow.steps.every((step) => isSpent(model, step, before));
}

/** Whether a task ended long ago, has no dead letter that waits (of its own or its cause's), and no child needs it. */
function isSpent(model: Model, task: Task, before: number): boolean {
  if (!isOver(task.status) || task.finishedAt! > before) return false;
  const causes = [task, ...(task.cascaded ? [causeOf(model, task)] : [])];
  if (model.letters.some((letter) => !letter.replayed && causes.includes(letter.task))) return false;
  return task.children.every((child) =>
    child.pruned || child.status === "completed" ||
    task.workflow !== null && child.workflow === task.workflow
  );
}

function causeOf(model: Model, task: Task): Task | undefined {
  return model.tasks.find(({ id }) => id === model.causes.get(task.id));
}

function forget(model: Model, task: Task): void {
  task.pruned = true;
  model.letters = model.letters.filter((letter) => letter.task !== task);
  for (const child of task.children) {
    // Steps go together, and how their workflow ended is still known by its key.
    if (task.workflow !== null && child.workflow === task.workflow) continue;
    const at = child.edges.findIndex(({ parent }) => parent === task);
    if (at >= 0) child.edges.splice(at, 1);
  }
}
