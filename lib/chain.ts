/**
 * Chains: templates of workflows, and the four of the DSA-110 continuum pipeline.
 *
 * @module
 */

import { InvalidGraphError } from "./errors.ts";
import type { JsonObject } from "./task.ts";

/** One step of a chain. */
export interface ChainStep {
  /** Name of the step, unique in its chain; later steps find its result under this name in their inputs. */
  readonly name: string;
  /** Name of the task that does it. */
  readonly task: string;
  /** Parameters of this step, over those of the whole chain. */
  readonly params?: JsonObject;
  /** Steps that must complete first. @default the step before this one */
  readonly dependsOn?: readonly string[];
}

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

/** The steps that a step waits for: the ones it names, else the one before it. */
export function stepParents(chain: Chain, index: number): readonly string[] {
  return chain.steps[index].dependsOn ?? chain.steps.slice(index - 1, index).map(({ name }) => name);
}

/**
 * Reads a chain from JSON, as manifests and files have it: `{ "steps": [{ "task", "name"?, "params"?, "depends_on"? }] }`.
 * A step without a name is named like its task. Whether the names fit together is checked when the chain is spawned.
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

function parseStep(value: unknown, path: string): ChainStep {
  const step = checkedObject(value, path, ["name", "task", "params", "depends_on"]);
  const task = checkedText(step.task, `${path}.task`);
  return {
    name: step.name === undefined ? task : checkedText(step.name, `${path}.name`),
    task,
    ...step.params === undefined
      ? {}
      : { params: checkedObject(step.params, `${path}.params`) as JsonObject },
    ...step.depends_on === undefined
      ? {}
      : { dependsOn: checkedNames(step.depends_on, `${path}.depends_on`) },
  };
}

/** @param allowed Keys that it may have; undefined = any. */
function checkedObject(value: unknown, path: string, allowed?: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidGraphError(`${path} must be an object`);
  }
  const unknown = Object.keys(value).find((key) => allowed && !allowed.includes(key));
  if (unknown === undefined) return value as Record<string, unknown>;
  throw new InvalidGraphError(`${path} has an unknown key "${unknown}"`, {
    hint: `Known keys: ${allowed!.join(", ")}`,
  });
}

function checkedText(value: unknown, path: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new InvalidGraphError(`${path} must be a text that is not empty`);
}

function checkedNames(value: unknown, path: string): string[] {
  if (!Array.isArray(value)) throw new InvalidGraphError(`${path} must be a list of names of steps`);
  return value.map((name, index) => checkedText(name, `${path}[${index}]`));
}
