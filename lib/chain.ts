/**
 * Chains: templates of workflows, and the four of the DSA-110 continuum pipeline.
 *
 * @module
 */

import {
  type ChainEdge,
  type ChainStep,
  checkedObject,
  checkedText,
  parseStep,
  stepOptions,
  type WholeStep,
} from "./chain_step.ts";
import { toDocument } from "./document.ts";
import { InvalidGraphError } from "./errors.ts";

/** A template of a workflow: named steps and what each waits for. */
export interface Chain {
  /** Name of the chain, and of the workflows made from it. */
  readonly name: string;
  /** Its steps, in the order that people read them. */
  readonly steps: readonly ChainStep[];
}

/** A chain whose steps are named like their tasks and follow each other. */
function sequence(name: string, ...tasks: string[]): Chain {
  return { name, steps: tasks.map((task) => ({ name: task, task })) };
}

/** From visibilities to catalogue rows; params: `input`, the path of a UVH5 file. */
export const STANDARD_PIPELINE_CHAIN: Chain = sequence(
  "standard",
  "convert_uvh5",
  "calibrate",
  "image",
  "extract",
  "catalog",
);

/** A picture without calibration; params: `input`, the path of a UVH5 file. */
export const QUICK_IMAGING_CHAIN: Chain = sequence("quick", "convert_uvh5", "image");

/** Gains from a calibrator; params: `input`, the path of a UVH5 file. */
export const CALIBRATOR_CHAIN: Chain = sequence("calibrator", "convert_uvh5", "calibrate");

/** A target with gains made before; params: `visset` and `table`, paths that an earlier calibrator chain made. */
export const TARGET_CHAIN: Chain = sequence("target", "apply_calibration", "image", "extract");

/** The built-in chains by name. */
export const CHAINS: Readonly<Record<string, Chain>> = Object.fromEntries(
  [STANDARD_PIPELINE_CHAIN, QUICK_IMAGING_CHAIN, CALIBRATOR_CHAIN, TARGET_CHAIN].map((
    chain,
  ) => [chain.name, chain]),
);

/** What a step waits for: the steps that it names, else the one before it. */
export function stepEdges(chain: Chain, index: number): readonly (string | ChainEdge)[] {
  return chain.steps[index].dependsOn ?? chain.steps.slice(index - 1, index).map(({ name }) => name);
}

/** A step with the names that the database has, and with what it waits for. */
export function wholeStep(chain: Chain, index: number): WholeStep {
  const step = chain.steps[index];
  const { name, task: taskName, params } = step;
  return { name, taskName, params, dependsOn: stepEdges(chain, index), ...stepOptions(step) };
}

/** A step as the database takes it: keys in snake_case. */
export function stepDocument(chain: Chain, index: number): Record<string, unknown> {
  const { dependsOn, ...step } = wholeStep(chain, index);
  const edges = dependsOn.map((edge) => typeof edge === "string" ? edge : toDocument(edge));
  return toDocument({ ...step, dependsOn: edges });
}

/**
 * Reads a chain from JSON, as manifests and files have it:
 * `{ "steps": [{ "task", "name"?, "params"?, "depends_on"? }] }`, where a step may also have `on_parent_failure`,
 * `priority`, `delay`, `max_retries` and `timeout`. A step without a name is named like its task. Whether the names fit
 * together is checked when the chain is spawned.
 *
 * @param value Parsed JSON.
 * @param name Name of the chain, unless the document has one.
 * @throws InvalidGraphError naming the place of the mistake.
 *
 * @example
 * ```ts
 * import { parseChain } from "@dsa110/absurd";
 * import assert from "node:assert/strict";
 *
 * const chain = parseChain({ steps: [{ task: "image" }, { task: "extract", depends_on: ["image"] }] }, "faint");
 * assert.deepEqual(chain.steps[1], { name: "extract", task: "extract", dependsOn: ["image"] });
 * ```
 */
export function parseChain(value: unknown, name: string): Chain {
  const document = checkedObject(value, "chain", ["$schema", "name", "steps"]);
  const { steps } = document;
  if (!Array.isArray(steps) || steps.length === 0) {
    throw new InvalidGraphError(`chain.steps of ${name} must be a list of at least one step`);
  }
  return {
    name: document.name === undefined ? name : checkedText(document.name, "chain.name"),
    steps: steps.map((step, index) => parseStep(step, `chain.steps[${index}]`)),
  };
}
