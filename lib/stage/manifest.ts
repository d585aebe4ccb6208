/**
 * Manifests (`absurd.json`): which stages a worker has, what each may do, chains of them, and schedules.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import type { z } from "zod";
import type { Chain } from "../chain.ts";
import { parseStep } from "../chain_step.ts";
import { ManifestError } from "../errors.ts";
import { packageFile } from "../package_files.ts";
import type { ScheduleDefinition } from "../scheduler/documents.ts";
import { defineSchedule } from "../scheduler/manifest_schedule.ts";
import { type ManifestDocument, manifestSchema } from "./manifest_schema.ts";
import {
  defineStage,
  locator,
  mapEntries,
  type StageDefinition,
  withoutUndefined,
} from "./manifest_stage.ts";

/** A manifest, checked. */
export interface Manifest {
  /** Its file, absolute. */
  readonly path: string;
  /** Folder of the file, free of links; modules are relative to it. */
  readonly directory: string;
  /** Stages by name. */
  readonly stages: Readonly<Record<string, StageDefinition>>;
  /** Chains by name. */
  readonly chains: Readonly<Record<string, Chain>>;
  /** Schedules, in order. */
  readonly schedules: readonly ScheduleDefinition[];
}

const NAME_ONE = "Name the manifest of your stages with --stages or ABSURD_STAGES";
/** Most mistakes told at once. */
const MOST_ISSUES = 5;

/**
 * Reads and checks a manifest. Whether its modules and programs exist is not looked at: a machine that only spawns
 * chains need not have them.
 *
 * @param path File, absolute or relative to the working folder.
 * @throws {ManifestError} The file cannot be read, is no JSON, or has a mistake, which is named by its place.
 * @example
 * ```ts
 * import { defaultManifestPath, loadManifest } from "./manifest.ts";
 * import assert from "node:assert/strict";
 *
 * const manifest = await loadManifest(defaultManifestPath());
 * assert("image" in manifest.stages);
 * ```
 */
export async function loadManifest(path: string): Promise<Manifest> {
  const file = resolve(path);
  const parsed = manifestSchema.safeParse(parseJson(await readManifest(file), file));
  if (!parsed.success) {
    throw invalid(file, parsed.error.issues.slice(0, MOST_ISSUES).map(describeIssue).join("; "));
  }
  const directory = await Deno.realPath(dirname(file));
  const { stages, chains: chainDocuments = {}, schedules = {} } = parsed.data;
  const chains = mapEntries(chainDocuments, (chain, name) => defineChain(chain, name, file));
  return {
    path: file,
    directory,
    stages: mapEntries(stages, (stage, name) => {
      return defineStage(stage, { name, directory, at: locator(file, `stages.${name}`) });
    }),
    chains,
    schedules: Object.entries(schedules).map(([name, schedule]) => {
      return defineSchedule(schedule, { name, chains, at: locator(file, `schedules.${name}`) });
    }),
  };
}

/**
 * Path of the manifest of the reference pipeline, which comes with this package.
 *
 * @throws {ManifestError} When this package was loaded from the web, where no program can be run from.
 */
export function defaultManifestPath(): string {
  const path = packageFile("manifest");
  if (path !== null) return path;
  throw new ManifestError("The reference pipeline does not come with a package from the web", {
    hint: NAME_ONE,
  });
}

/**
 * Finds the manifest to use where none is named.
 *
 * @param path The one that is named, if any.
 * @param directory Where to look for `absurd.json` otherwise. @default {Deno.cwd()}
 * @returns `path`, else `absurd.json` of the folder if there is one, else that of the reference pipeline.
 */
export async function findManifest(
  path: string | undefined,
  directory: string = Deno.cwd(),
): Promise<string> {
  if (path !== undefined) return resolve(directory, path);
  const local = resolve(directory, "absurd.json");
  const exists = await Deno.stat(local).then((info) => info.isFile, () => false);
  return exists ? local : defaultManifestPath();
}

/**
 * Leaves out all stages but some, for a worker that is to run no others.
 *
 * @param manifest Checked manifest.
 * @param names Names of the stages to keep.
 * @throws {ManifestError} There is no stage of such a name.
 */
export function selectStages(manifest: Manifest, names: readonly string[]): Manifest {
  const unknown = names.find((name) => !Object.hasOwn(manifest.stages, name));
  if (unknown !== undefined) {
    throw new ManifestError(`Manifest "${manifest.path}" has no stage "${unknown}"`, {
      hint: `Its stages: ${Object.keys(manifest.stages).join(", ")}`,
    });
  }
  const stages = Object.entries(manifest.stages).filter(([name]) => names.includes(name));
  return { ...manifest, stages: Object.fromEntries(stages) };
}

/** What a manifest says about claiming, in the words of the worker. */
export interface ManifestSettings {
  /** Names of the tasks that can be done. */
  readonly taskNames: string[];
  /** Limits of each stage that sets any, by task name. */
  readonly stages: Record<string, StageSettings>;
  /** Most attempts at a time in one worker, for the stages that limit it. */
  readonly concurrency: Record<string, number>;
}

/** Limits that a stage sets for its tasks; those of the task itself go before them. */
export type StageSettings = Pick<
  StageDefinition,
  "timeoutSec" | "maxRetries" | "backoffBaseSec" | "backoffCapSec" | "onComplete"
>;

/**
 * Gathers what a worker must know to claim tasks for a manifest's stages.
 *
 * @param manifest Checked manifest.
 */
export function manifestSettings(manifest: Manifest): ManifestSettings {
  const settings: ManifestSettings = { taskNames: Object.keys(manifest.stages), stages: {}, concurrency: {} };
  for (const [name, stage] of Object.entries(manifest.stages)) {
    const { timeoutSec, maxRetries, backoffBaseSec, backoffCapSec, onComplete, concurrency } = stage;
    settings.stages[name] = withoutUndefined({
      timeoutSec,
      maxRetries,
      backoffBaseSec,
      backoffCapSec,
      onComplete,
    });
    if (concurrency !== undefined) settings.concurrency[name] = concurrency;
  }
  return settings;
}

async function readManifest(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    const problem = cause instanceof Deno.errors.NotFound ? "does not exist" : "cannot be read";
    throw new ManifestError(`Manifest "${file}" ${problem}`, {
      cause,
      hint: NAME_ONE,
    });
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ManifestError(`Manifest "${file}" is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function invalid(file: string, mistakes: string): ManifestError {
  return new ManifestError(`Manifest "${file}" is not valid: ${mistakes}`);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const message = issue.code === "invalid_key"
    ? issue.issues.map(({ message }) => message).join("; ")
    : issue.message;
  return `${describePath(issue.path)}: ${message}`;
}

/** `["stages", "image", "secret", 0]` is `stages.image.secret[0]`. */
function describePath(path: PropertyKey[]): string {
  const text = path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("");
  return text.replace(/^\./, "") || "the document";
}

function defineChain(
  chain: NonNullable<ManifestDocument["chains"]>[string],
  name: string,
  file: string,
): Chain {
  const names = chain.steps.map((step) => step.name ?? step.task);
  const at = locator(file, `chains.${name}`);
  const steps = chain.steps.map((step, index) =>
    at(`steps[${index}]`, () => {
      const parents = (step.depends_on ?? []).map((edge) => typeof edge === "string" ? edge : edge.step);
      checkStep(names, index, parents);
      return parseStep(step, "the step");
    })
  );
  return { name, steps };
}

function checkStep(names: string[], index: number, dependsOn: string[]): void {
  if (names.indexOf(names[index]) !== index) throw new ManifestError(`there are two steps "${names[index]}"`);
  const unknown = dependsOn.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new ManifestError(`it depends on "${unknown}", which is no step of the chain`);
  }
}
