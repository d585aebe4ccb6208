/**
 * The executor that runs a manifest's stages: what a worker calls for each task.
 *
 * @module
 */

import { AbsurdConfig } from "../config.ts";
import { TaskFailure } from "../errors.ts";
import type { ClaimedTask, JsonObject, StopReason, TaskContext, TaskExecutor } from "../task.ts";
import { lackOfSpace } from "./disk_space.ts";
import { detectLauncher, findLauncher, type Launcher, type TreeForm } from "./launcher.ts";
import { findManifest, loadManifest, type Manifest } from "./manifest.ts";
import type { StageDefinition } from "./manifest_stage.ts";
import { failStopped, resultOfRun, signalName, stopReason } from "./outcome.ts";
import { type Program, ProgramMaker } from "./prepare.ts";
import { makeRedact, type Redact, redactContext, redactFailure } from "./redact.ts";
import { runStageProgram, type StageRun } from "./run.ts";
import { writeTaskDocument } from "./task_document.ts";
import { createWorkDir, publishCurrent } from "./work_dir.ts";

/** How stages are run. */
export interface PipelineExecutorOptions {
  /** Folder for the work folders of all tasks. */
  readonly workDir: string;
  /**
   * Bytes that must be free in `workDir` for more tasks to be claimed.
   *
   * @default {0}
   */
  readonly minFreeBytes?: number;
  /**
   * Seconds between SIGTERM and SIGKILL when a stage must end.
   *
   * @default {10}
   */
  readonly gracePeriodSec?: number;
  /**
   * How a stage's processes are held together.
   *
   * @default the strongest form that works on this machine
   */
  readonly treeForm?: TreeForm;
}

/** Timers cannot wait longer, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Makes the executor for a manifest. Each task runs in a process tree and a folder of its own; when its promise
 * settles, all processes of the attempt are gone. The folder of the accepted attempt is linked as `current`.
 *
 * A failed attempt rejects with a `TaskFailure`. When `context.signal` aborts, the stage is ended (SIGTERM, the grace
 * period, SIGKILL), and what it finished properly in that time still counts, except after a timeout.
 *
 * @param manifest Checked manifest.
 * @param options Where and how stages run.
 * @example
 * ```ts
 * import { createPipelineExecutor } from "./executor.ts";
 * import { defaultManifestPath, loadManifest } from "./manifest.ts";
 *
 * const manifest = await loadManifest(defaultManifestPath());
 * const executor = createPipelineExecutor(manifest, { workDir: "/var/lib/absurd", gracePeriodSec: 5 });
 * ```
 */
export function createPipelineExecutor(manifest: Manifest, options: PipelineExecutorOptions): TaskExecutor {
  const executor = new PipelineExecutor(manifest, options);
  const execute: TaskExecutor = (task, context) => executor.execute(task, context);
  execute.obstacle = () => lackOfSpace(options.workDir, options.minFreeBytes ?? 0);
  execute.accepted = async (task) => void await publishCurrent(task, options.workDir);
  return execute;
}

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

async function loadDefaultExecutor(): Promise<TaskExecutor> {
  const { stagesPath, workDir, gracePeriodSec, minFreeBytes } = AbsurdConfig.fromEnv();
  const manifest = await loadManifest(await findManifest(stagesPath));
  return createPipelineExecutor(manifest, { workDir, gracePeriodSec, minFreeBytes });
}

/** An attempt that is being run. */
interface Attempt {
  readonly task: ClaimedTask;
  readonly stage: StageDefinition;
  readonly context: TaskContext;
  readonly workDir: string;
  /** Takes secret parameters out of a text. */
  readonly redact: Redact;
  /** Aborts by the worker's will or when the time is over. */
  readonly signal: AbortSignal;
}

class PipelineExecutor {
  readonly #manifest: Manifest;
  readonly #options: PipelineExecutorOptions;
  readonly #programs = new ProgramMaker();
  #launcher: Promise<Launcher> | undefined;

  constructor(manifest: Manifest, options: PipelineExecutorOptions) {
    this.#manifest = manifest;
    this.#options = options;
  }

  async execute(task: ClaimedTask, context: TaskContext): Promise<JsonObject | null> {
    const stage = this.#findStage(task.taskName);
    const redact = makeRedact(task.params, stage.secret);
    try {
      return await this.#execute({ task, stage, context: redactContext(context, redact), redact });
    } catch (error) {
      throw redactFailure(error, redact);
    }
  }

  async #execute(claim: Omit<Attempt, "workDir" | "signal">): Promise<JsonObject | null> {
    const { task, stage, context } = claim;
    using timeout = startTimeout(task.timeoutSec);
    const workDir = await createWorkDir(task, this.#options.workDir);
    context.report({ workDir });
    const signal = AbortSignal.any([context.signal, timeout.signal]);
    const run = await this.#run({ ...claim, workDir, signal });
    context.report({ ...run.report, ...describeExit(run) });
    // A program that failed without a word may lack a module that its project has got since.
    if (run.exitCode !== 0 && !run.spoke) this.#programs.forget(stage);
    return resultOfRun(run, {
      taskName: stage.name,
      timeoutSec: task.timeoutSec,
      memoryBytes: stage.memoryBytes,
    });
  }

  #findStage(taskName: string): StageDefinition {
    const { stages, path } = this.#manifest;
    if (Object.hasOwn(stages, taskName)) return stages[taskName];
    // Not permanent: another worker, or this one after an update, may know it.
    throw new TaskFailure(`Task "${taskName}" has no stage in "${path}"`, { reason: "unknown_task" });
  }

  async #run(attempt: Attempt): Promise<StageRun> {
    const { task, stage, context, workDir, redact, signal } = attempt;
    const document = await writeTaskDocument(task, workDir);
    const program = await this.#makeProgram(attempt, document.files);
    context.report({ flags: program.flags });
    return await runStageProgram({
      argv: program.argv,
      env: program.env,
      cwd: workDir,
      stdin: document.text,
      launcher: await this.#findLauncher(),
      memoryBytes: stage.memoryBytes,
      resultBytes: stage.resultBytes,
      logSize: stage.logSize,
      gracePeriodSec: this.#options.gracePeriodSec ?? 10,
      signal,
      onProgress: (fraction, message) => context.progress(fraction, message),
      onLog: context.log,
      redact,
    });
  }

  /** A download that is slow does not hold an attempt that must end; it goes on for the next one. */
  async #makeProgram({ task, stage, workDir, signal }: Attempt, files: readonly string[]): Promise<Program> {
    const { params, inputs } = task;
    const making = this.#programs.make(
      stage,
      { params, inputs, workDir, stageDir: this.#manifest.directory },
      files,
    );
    const program = await Promise.race([making, aborted(signal)]);
    if (program) return program;
    making.catch(() => {});
    failStopped(stopReason(signal), { taskName: stage.name, timeoutSec: task.timeoutSec });
  }

  #findLauncher(): Promise<Launcher> {
    const { treeForm } = this.#options;
    this.#launcher ??= treeForm ? findLauncher(treeForm) : detectLauncher();
    return this.#launcher;
  }
}

function describeExit({ exitCode, signal }: StageRun): { exitCode: number } | { signal: string } {
  return signal === null ? { exitCode } : { signal: signalName(signal) };
}

/** Aborts when the time of an attempt is over, unless it is disposed of before. */
function startTimeout(timeoutSec: number): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const reason: StopReason = "timeout";
  const timer = setTimeout(() => controller.abort(reason), Math.min(timeoutSec * 1000, LONGEST_TIMER_MS));
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Settles when a signal aborts. */
function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
