/**
 * The executor for the manifest that the environment names.
 *
 * @module
 */

import { AbsurdConfig } from "../config.ts";
import type { ClaimedTask, JsonObject, TaskContext, TaskExecutor } from "../task.ts";
import { createPipelineExecutor } from "./executor.ts";
import { findManifest, loadManifest } from "./manifest.ts";

let defaultExecutor: Promise<TaskExecutor> | undefined;

/**
 * Runs tasks by the manifest that the environment names: ABSURD_STAGES, else `absurd.json` of the working folder, else
 * the reference pipeline. It is read at the first task.
 *
 * @param task Task to run.
 * @param context Signal, progress and report of the attempt.
 * @returns The stage's result.
 */
export async function executePipelineTask(
  task: ClaimedTask,
  context: TaskContext,
): Promise<JsonObject | null> {
  defaultExecutor ??= loadDefaultExecutor();
  const executor = await defaultExecutor.catch((error) => {
    defaultExecutor = undefined; // a mistake in the manifest can be mended while the worker runs
    throw error;
  });
  return await executor(task, context);
}

/** Which stages there are is not known before the first task, and most are a process for each. */
executePipelineTask.mayWait = (): boolean => false;

async function loadDefaultExecutor(): Promise<TaskExecutor> {
  const { stagesPath, workDir, gracePeriodSec, minFreeBytes } = AbsurdConfig.fromEnv();
  const manifest = await loadManifest(await findManifest(stagesPath));
  return createPipelineExecutor(manifest, { workDir, gracePeriodSec, minFreeBytes });
}
