/**
 * Running the fixture stages as a worker would.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { TaskFailure } from "../../../lib/errors.ts";
import { createPipelineExecutor, type PipelineExecutorOptions } from "../../../lib/stage/executor.ts";
import { loadManifest } from "../../../lib/stage/manifest.ts";
import type { AttemptReport, ClaimedTask, JsonObject, TaskExecutor } from "../../../lib/task.ts";

/** Manifest of the fixture stages. */
export const FIXTURES = fileURLToPath(new URL("../../fixtures/stages/absurd.json", import.meta.url));

/** A folder of its own for a test; disposing removes it. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "absurd-stage-" }));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A task for a stage. */
export function makeTask(
  taskName: string,
  params: JsonObject = {},
  more: Partial<ClaimedTask> = {},
): ClaimedTask {
  return {
    taskId: crypto.randomUUID(),
    taskName,
    queueName: "test",
    attempt: 1,
    params,
    inputs: {},
    workflowId: null,
    stepName: null,
    failures: 0,
    maxRetries: 3,
    timeoutSec: 60,
    ...more,
  };
}

/** An attempt as its worker sees it. */
export interface Attempt {
  /** What the executor gave. */
  result?: JsonObject | null;
  /** How it failed. */
  failure?: TaskFailure;
  /** What is kept with the attempt. */
  readonly report: AttemptReport;
  /** Progress, as it came. */
  readonly progress: { fraction: number; message?: string }[];
}

/** How an attempt is run. */
export interface AttemptOptions extends Partial<PipelineExecutorOptions> {
  /** Manifest of the stages. @default {FIXTURES} */
  manifest?: string;
  /** Runs the task. @default {one of its own, by manifest} */
  executor?: TaskExecutor;
  /** Aborts the attempt. */
  signal?: AbortSignal;
  /** Called at each progress; an error ends the attempt, and is thrown. */
  onProgress?: () => void | Promise<void>;
}

/** An executor for the fixture stages, with a short grace period. */
export async function makeExecutor(
  { manifest = FIXTURES, ...options }: Pick<AttemptOptions, "manifest"> & PipelineExecutorOptions,
): Promise<TaskExecutor> {
  return createPipelineExecutor(await loadManifest(manifest), { gracePeriodSec: 1, ...options });
}

/** Runs a task and returns what its worker learns, whether it failed or not. */
export async function runTask(task: ClaimedTask, options: AttemptOptions = {}): Promise<Attempt> {
  await using folder = options.workDir === undefined ? await temporaryFolder() : null;
  const workDir = options.workDir ?? folder?.path ?? "";
  const executor = options.executor ?? await makeExecutor({ ...options, workDir });
  const attempt: Attempt = { report: {}, progress: [] };
  const broken = new AbortController();
  const calls: Promise<void>[] = [];
  const context = {
    signal: AbortSignal.any([broken.signal, ...(options.signal ? [options.signal] : [])]),
    progress(fraction: number, message?: string) {
      attempt.progress.push({ fraction, message });
      const call = Promise.resolve(options.onProgress?.());
      call.catch(() => broken.abort("cancelled"));
      calls.push(call);
    },
    report: (report: AttemptReport) => void Object.assign(attempt.report, report),
  };
  try {
    attempt.result = await executor(task, context);
  } catch (error) {
    if (!(error instanceof TaskFailure)) throw error;
    attempt.failure = error;
  }
  await Promise.all(calls);
  return attempt;
}

/** Runs a task that must fail, and returns how. */
export async function failTask(task: ClaimedTask, options?: AttemptOptions): Promise<TaskFailure> {
  const { failure, result } = await runTask(task, options);
  assert(failure, `The task was done: ${JSON.stringify(result)}`);
  return failure;
}
