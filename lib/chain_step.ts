/**
 * Steps of chains, and how files write them.
 *
 * @module
 */

import type { ParentFailurePolicy } from "./documents.ts";
import { parseDuration } from "./duration.ts";
import { InvalidArgumentError, InvalidGraphError } from "./errors.ts";
import type { JsonObject } from "./task.ts";

/** What may be said about a step besides what it does and what it waits for. */
export interface ChainStepOptions {
  /** What happens when a step that it waits for fails or is cancelled. @default {"cancel"} */
  readonly onParentFailure?: ParentFailurePolicy;
  /** Higher is claimed first. @default that of the whole chain */
  readonly priority?: number;
  /** Not before this many seconds have passed since the chain was spawned. */
  readonly delaySec?: number;
  /** Retries after the first failure. @default that of the client or schedule, else by stage, else by worker */
  readonly maxRetries?: number;
  /** Time limit of an attempt, in seconds. @default that of the schedule, else by stage, else by worker */
  readonly timeoutSec?: number;
}

/** A step to wait for, with a policy of its own. */
export interface ChainEdge {
  /** Name of the step that must complete first. */
  readonly step: string;
  /** What happens when it fails or is cancelled. @default that of the step that waits */
  readonly onParentFailure?: ParentFailurePolicy;
}

/** One step of a chain. */
export interface ChainStep extends ChainStepOptions {
  /** Name of the step, unique in its chain; later steps find its result under this name in their inputs. */
  readonly name: string;
  /** Name of the task that does it. */
  readonly task: string;
  /** Parameters of this step, over those of the whole chain. */
  readonly params?: JsonObject;
  /** Steps that must complete first. @default the step before this one */
  readonly dependsOn?: readonly (string | ChainEdge)[];
}

/** A step as the database keeps it. */
export interface WholeStep extends ChainStepOptions {
  /** Name of the step. */
  readonly name: string;
  /** Task that does it. */
  readonly taskName: string;
  /** Parameters of this step, over those of the whole chain. */
  readonly params?: JsonObject;
  /** Steps before it. */
  readonly dependsOn: readonly (string | ChainEdge)[];
}

/** How an option of a step is written. */
interface OptionForm {
  readonly property: keyof ChainStepOptions;
  /** For errors. */
  readonly what: string;
  /** Undefined for a value that is none. */
  read(value: unknown): string | number | undefined;
}

const DURATION = { what: "a duration such as 90, 90s or 2h30m", read: readDuration };
const POLICY: OptionForm = { property: "onParentFailure", what: "cancel, wait or ignore", read: readPolicy };

/** By the keys that files have. */
const OPTIONS: Readonly<Record<string, OptionForm>> = {
  "on_parent_failure": POLICY,
  priority: { property: "priority", what: "a whole number", read: readWhole },
  delay: { property: "delaySec", ...DURATION },
  "max_retries": {
    property: "maxRetries",
    what: "a whole number from 0",
    read: (value) => Number(value) < 0 ? undefined : readWhole(value),
  },
  timeout: { property: "timeoutSec", ...DURATION },
};

const PROPERTIES = Object.values(OPTIONS).map(({ property }) => property);

/** The options that a step has, and nothing else. */
export function stepOptions(step: ChainStepOptions): ChainStepOptions {
  const options: Record<string, unknown> = {};
  for (const property of PROPERTIES) {
    if (step[property] !== undefined) options[property] = step[property];
  }
  return options;
}

/**
 * Reads a step from JSON. Options are written as `absurd spawn` and manifests have them.
 *
 * @param value Parsed JSON.
 * @param path What errors call its place.
 * @throws InvalidGraphError naming the place of the mistake.
 */
export function parseStep(value: unknown, path: string): ChainStep {
  const step = checkedObject(value, path, ["name", "task", "params", "depends_on", ...Object.keys(OPTIONS)]);
  const task = checkedText(step.task, `${path}.task`);
  const name = step.name === undefined ? task : checkedText(step.name, `${path}.name`);
  return {
    name,
    task,
    ...step.params === undefined
      ? {}
      : { params: checkedObject(step.params, `${path}.params`) as JsonObject },
    ...step.depends_on === undefined
      ? {}
      : { dependsOn: checkedEdges(step.depends_on, `${path}.depends_on`, name) },
    ...readStepOptions(step, name),
  };
}

/**
 * Reads the options of a step.
 *
 * @param step The step as it stands in a file.
 * @param name Its name, for errors.
 * @throws InvalidGraphError naming step, key and value.
 */
function readStepOptions(step: Readonly<Record<string, unknown>>, name: string): ChainStepOptions {
  const given = Object.entries(OPTIONS).filter(([key]) => step[key] !== undefined);
  return Object.fromEntries(
    given.map(([key, form]) => [form.property, readOption(form, step[key], `${key} of step ${name}`)]),
  );
}

function readOption({ what, read }: OptionForm, value: unknown, title: string): string | number {
  const option = read(value);
  if (option !== undefined) return option;
  throw new InvalidGraphError(`${title} must be ${what}, not ${JSON.stringify(value)}`);
}

function readPolicy(value: unknown): string | undefined {
  return ["cancel", "wait", "ignore"].find((policy) => policy === value);
}

function readWhole(value: unknown): number | undefined {
  return Number.isInteger(value) ? value as number : undefined;
}

function readDuration(value: unknown): number | undefined {
  if (typeof value === "number" && value >= 0) return value;
  if (typeof value !== "string") return undefined;
  try {
    return parseDuration(value);
  } catch (error) {
    if (error instanceof InvalidArgumentError) return undefined;
    throw error;
  }
}

function checkedEdges(value: unknown, path: string, name: string): (string | ChainEdge)[] {
  if (!Array.isArray(value)) throw new InvalidGraphError(`${path} must be a list of names of steps`);
  return value.map((edge, index) => {
    const place = `${path}[${index}]`;
    if (typeof edge !== "object") return checkedText(edge, place);
    const { step, on_parent_failure: policy } = checkedObject(edge, place, ["step", "on_parent_failure"]);
    const parent = checkedText(step, `${place}.step`);
    if (policy === undefined) return parent;
    const title = `on_parent_failure of step ${name} for ${parent}`;
    return { step: parent, onParentFailure: readOption(POLICY, policy, title) as ParentFailurePolicy };
  });
}

/** @param allowed Keys that it may have; undefined = any. */
export function checkedObject(
  value: unknown,
  path: string,
  allowed?: readonly string[],
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidGraphError(`${path} must be an object`);
  }
  const unknown = Object.keys(value).find((key) => allowed && !allowed.includes(key));
  if (unknown === undefined) return value as Record<string, unknown>;
  throw new InvalidGraphError(`${path} has an unknown key "${unknown}"`, {
    hint: `Known keys: ${allowed!.join(", ")}`,
  });
}

/** A text that is not empty. */
export function checkedText(value: unknown, path: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new InvalidGraphError(`${path} must be a text that is not empty`);
}
