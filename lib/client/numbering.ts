/**
 * Steps by number instead of by name.
 *
 * @module
 */

import { type Chain, stepEdges } from "../chain.ts";
import { type ChainStepOptions, stepOptions } from "../chain_step.ts";

/** What a step says besides its name, params and parents. */
export interface StepShape extends ChainStepOptions {
  /** Name of its task. */
  readonly taskName: string;
}

/** The steps of a chain, numbered from 1. */
export interface NumberedSteps {
  /** Their names. */
  readonly names: readonly string[];
  /** What steps say, each form of it once. */
  readonly shapes: readonly StepShape[];
  /** Which of these each step has, from 1. */
  readonly shapeOf: readonly number[];
  /** The step at the end of each edge; edges come by parent. */
  readonly children: readonly number[];
  /** The step at its start. */
  readonly parents: readonly number[];
}

/**
 * Numbers the steps of a chain. Null when it does not name every parent before its children, names a step twice, or has
 * an edge with a policy of its own: the database then tells what is wrong with it, or sorts it.
 */
export function numberedSteps(chain: Chain): NumberedSteps | null {
  const numbers = new Map<string, number>();
  const shapes: StepShape[] = [];
  const shapeNumbers = new Map<string, number>();
  const shapeOf: number[] = [];
  /** By parent. */
  const childrenOf: number[][] = [];
  for (const [index, step] of chain.steps.entries()) {
    const { name, task } = step;
    const number = index + 1;
    for (const edge of stepEdges(chain, index)) {
      const parent = typeof edge === "string" ? numbers.get(edge) : undefined;
      if (parent === undefined) return null;
      const children = childrenOf[parent];
      if (children.at(-1) !== number) children.push(number);
    }
    if (numbers.has(name)) return null;
    numbers.set(name, number);
    childrenOf[number] = [];
    const shape = { taskName: task, ...stepOptions(step) };
    const text = JSON.stringify(shape);
    if (!shapeNumbers.has(text)) shapeNumbers.set(text, shapes.push(shape));
    shapeOf.push(shapeNumbers.get(text)!);
  }
  return {
    names: [...numbers.keys()],
    shapes,
    shapeOf,
    children: childrenOf.flat(),
    parents: childrenOf.flatMap((children, parent) => children.map(() => parent)),
  };
}
