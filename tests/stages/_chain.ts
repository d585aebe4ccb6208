/**
 * Runs the reference stages as a worker does: each in a process of its own, with the permissions of the manifest.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { createPipelineExecutor } from "../../lib/stage/executor.ts";
import { defaultManifestPath, loadManifest } from "../../lib/stage/manifest.ts";
import type { AttemptReport, JsonObject } from "../../lib/task.ts";

/** The real, uncalibrated scan that comes with the stages. */
export const VLA_SCAN = fileURLToPath(
  new URL("../../scripts/stages/data/vla_j1008+0730_raw.uvh5", import.meta.url),
);

/** Path of a file in tests/stages/data. */
export function testData(name: string): string {
  return fileURLToPath(new URL(`data/${name}`, import.meta.url));
}

/** Manifest of the same stages by other programs: wsclean and its like. */
export const EXTERNAL_STAGES = fileURLToPath(new URL("../../scripts/stages/external.json", import.meta.url));

/** One stage that was run. */
export interface StageOutcome {
  /** What it returned. */
  result: JsonObject;
  /** What is known of its process. */
  report: AttemptReport;
  /** Messages of its progress. */
  progress: string[];
  /** Wall time, in seconds. */
  seconds: number;
}

/**
 * Runs one stage.
 *
 * @param folder Folder for the attempt's work folder.
 * @param name Name of the stage.
 * @param task Its parameters, and results of earlier steps; the manifest, by default that of the reference pipeline.
 * @throws {TaskFailure} when the stage fails.
 */
export async function runStage(
  folder: string,
  name: string,
  task: { params?: JsonObject; inputs?: JsonObject; stages?: string } = {},
): Promise<StageOutcome> {
  const manifest = await loadManifest(task.stages ?? defaultManifestPath());
  const execute = createPipelineExecutor(manifest, { workDir: folder, gracePeriodSec: 1 });
  const report: AttemptReport = {};
  const progress: string[] = [];
  const startedAt = performance.now();
  const result = await execute({
    taskId: crypto.randomUUID(),
    taskName: name,
    queueName: "test",
    attempt: 1,
    params: task.params ?? {},
    inputs: task.inputs ?? {},
    workflowId: null,
    stepName: name,
    failures: 0,
    maxRetries: 0,
    timeoutSec: 120,
  }, {
    signal: new AbortController().signal,
    progress: (_fraction, message) => progress.push(message ?? ""),
    report: (facts) => Object.assign(report, facts),
  });
  return { result: result ?? {}, report, progress, seconds: (performance.now() - startedAt) / 1000 };
}

/**
 * Runs stages one after the other, each with the results of all before it.
 *
 * @param folder Folder for work folders.
 * @param steps Names of stages.
 * @param start Parameters of all steps, and results that are there before the first; the manifest.
 * @returns Outcomes by step.
 */
export async function runChain(
  folder: string,
  steps: readonly string[],
  start: { params?: JsonObject; inputs?: JsonObject; stages?: string },
): Promise<Record<string, StageOutcome>> {
  const inputs: JsonObject = { ...start.inputs };
  const outcomes: Record<string, StageOutcome> = {};
  for (const step of steps) {
    outcomes[step] = await runStage(folder, step, { ...start, inputs });
    inputs[step] = outcomes[step].result;
  }
  return outcomes;
}

/** Runs a test with a temporary folder that is removed afterwards. */
export async function withFolder(test: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "absurd-stages-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
