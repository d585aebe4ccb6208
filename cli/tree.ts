/**
 * The steps of a workflow as a tree of lines.
 *
 * @module
 */

import type { Task } from "@dsa110/absurd";

/** A step and what stands before it. */
export interface TreeLine {
  /** The step. */
  readonly step: Task;
  /** Branches: `│  ├─ `. */
  readonly prefix: string;
  /** Its parents among the steps, when they are more than one: a tree can show it under one of them only. */
  readonly after: readonly string[];
}

/**
 * Orders steps so that each stands under the last of its parents. Where a step has one child, both stand under each
 * other, so that a chain is no staircase.
 *
 * @param steps In their order: parents before children.
 */
export function treeLines(steps: readonly Task[]): TreeLine[] {
  const known = new Map(steps.map((step) => [step.taskId, step]));
  const parentsOf = (step: Task) =>
    steps.filter(({ taskId }) => step.dependsOn.some((parent) => parent.taskId === taskId));
  const children = new Map<string | undefined, Task[]>();
  for (const step of steps) {
    const parent = parentsOf(step).at(-1)?.taskId;
    children.set(parent, [...children.get(parent) ?? [], step]);
  }
  const lines: TreeLine[] = [];
  const visit = (step: Task, prefix: string, below: string) => {
    const parents = parentsOf(step).map(({ taskId }) => stepName(known.get(taskId)!));
    lines.push({ step, prefix, after: parents.length > 1 ? parents : [] });
    const next = children.get(step.taskId) ?? [];
    if (next.length === 1) return visit(next[0], below, below);
    next.forEach((child, index) => {
      const isLast = index === next.length - 1;
      visit(child, `${below}${isLast ? "└─ " : "├─ "}`, `${below}${isLast ? "   " : "│  "}`);
    });
  };
  for (const root of children.get(undefined) ?? []) visit(root, "", "");
  return lines;
}

/** Name of a step, or of a task that is none. */
export function stepName({ stepName, taskName }: Task): string {
  return stepName ?? taskName;
}
