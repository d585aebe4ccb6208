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
  const places = new Map(steps.map((step, place) => [step.taskId, place]));
  const parents = new Map(steps.map((step) => [step, parentsOf(step, places)]));
  const children = Map.groupBy(steps, (step) => parents.get(step)!.at(-1));
  const lines: TreeLine[] = [];
  const next = (children.get(undefined) ?? []).map((step) => ({ step, prefix: "", below: "" })).reverse();
  // not by recursion: a chain may be longer than the stack is deep
  for (let branch = next.pop(); branch; branch = next.pop()) {
    const { step, prefix, below } = branch;
    const before = parents.get(step)!.map((place) => stepName(steps[place]));
    lines.push({ step, prefix, after: before.length > 1 ? before : [] });
    for (const one of branches(children.get(places.get(step.taskId)) ?? [], below).reverse()) next.push(one);
  }
  return lines;
}

/** Where the parents of a step stand among the steps, in their order. */
function parentsOf(step: Task, places: ReadonlyMap<string, number>): number[] {
  const known = step.dependsOn.map(({ taskId }) => places.get(taskId)).filter((place) => place !== undefined);
  return known.sort((one, other) => one - other);
}

/** A step that is to be drawn. */
interface Branch {
  readonly step: Task;
  /** What stands before it. */
  readonly prefix: string;
  /** What stands before its children. */
  readonly below: string;
}

function branches(children: readonly Task[], below: string): Branch[] {
  if (children.length === 1) return [{ step: children[0], prefix: below, below }];
  return children.map((step, index) => {
    const isLast = index === children.length - 1;
    return { step, prefix: `${below}${isLast ? "└─ " : "├─ "}`, below: `${below}${isLast ? "   " : "│  "}` };
  });
}

/** Name of a step, or of a task that is none. */
export function stepName({ stepName, taskName }: Task): string {
  return stepName ?? taskName;
}
