/**
 * Steps by number instead of by name.
 *
 * @module
 */

import { type Chain, stepParents } from "../chain.ts";

/** The steps of a chain, numbered from 1. */
export interface NumberedSteps {
  /** Their names. */
  readonly names: readonly string[];
  /** Names of tasks, each once. */
  readonly taskNames: readonly string[];
  /** Which of the task names each step has, from 1. */
  readonly shapeOf: readonly number[];
  /** The step at the end of each edge; edges come by parent. */
  readonly children: readonly number[];
  /** The step at its start. */
  readonly parents: readonly number[];
}

/**
 * Numbers the steps of a chain. Null when it does not name every parent before its children, or a name twice: the
 * database then tells what is wrong with it, or sorts it.
 */
export function numberedSteps(chain: Chain): NumberedSteps | null {
  const numbers = new Map<string, number>();
  const shapes = new Map<string, number>();
  const shapeOf: number[] = [];
  /** By parent. */
  const childrenOf: number[][] = [];
  for (const [index, { name, task }] of chain.steps.entries()) {
    const number = index + 1;
    for (const parentName of stepParents(chain, index)) {
      const parent = numbers.get(parentName);
      if (parent === undefined) return null;
      const children = childrenOf[parent];
      if (children.at(-1) !== number) children.push(number);
    }
    if (numbers.has(name)) return null;
    numbers.set(name, number);
    childrenOf[number] = [];
    if (!shapes.has(task)) shapes.set(task, shapes.size + 1);
    shapeOf.push(shapes.get(task)!);
  }
  return {
    names: [...numbers.keys()],
    taskNames: [...shapes.keys()],
    shapeOf,
    children: childrenOf.flat(),
    parents: childrenOf.flatMap((children, parent) => children.map(() => parent)),
  };
}
