/**
 * The executor that runs a manifest's stages: what a worker calls for each task.
 *
 * @module
 */

import { resolve } from "node:path";
import { TaskFailure } from "../errors.ts";
import type { ClaimedTask, JsonObject, TaskContext, TaskExecutor } from "../task.ts";
import { aborted, startTimeout } from "./abort.ts";
import { detectLauncher, findLauncher, type Launcher, type Supervisor, type TreeForm } from "./launcher.ts";
import type { Manifest } from "./manifest.ts";
import type { StageDefinition, WarmSettings } from "./manifest_stage.ts";
import { watchObstacle } from "./obstacle.ts";
import { failStopped, resultOfRun, signalName, stopReason } from "./outcome.ts";
import { mayWrite } from "./permissions.ts";
import { type Program, ProgramMaker } from "./prepare.ts";
import { makeRedact, type Redact, redactContext, redactFailure } from "./redact.ts";
import { type RunLimits, runStageProgram, type StageRun } from "./run.ts";
import { taskText, writeTaskDocument } from "./task_document.ts";
import { WarmPool } from "./warm_pool.ts";
import { WarmProcess } from "./warm_process.ts";
import { createWorkDir, publishCurrent, workDirPath } from "./work_dir.ts";

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
  const { workDir, minFreeBytes = 0 } = options;
  if (writesFolders(manifest)) execute.obstacle = watchObstacle(workDir, minFreeBytes);
  execute.mayWait = (taskName) => manifest.stages[taskName]?.warm !== undefined;
  execute.accepted = (task) => executor.accepted(task);
  execute.close = () => executor.close();
  return execute;
}

/** Whether some stage may write into the folders of its attempts: without one, nothing is wrong with a bad folder. */
function writesFolders({ stages }: Manifest): boolean {
  return Object.values(stages).some(({ warm, permissions }) => !warm || permissions.write !== undefined);
}

/** An attempt that is being run. */
interface Attempt {
  readonly task: ClaimedTask;
  readonly stage: StageDefinition;
  readonly context: TaskContext;
  /** Takes secret parameters out of a text. */
  readonly redact: Redact;
  /** Aborts by the worker's will or when the time is over. */
  readonly signal: AbortSignal;
}

class PipelineExecutor {
  readonly #manifest: Manifest;
  readonly #options: PipelineExecutorOptions;
  readonly #programs = new ProgramMaker();
  readonly #pools = new Map<StageDefinition, WarmPool>();
  /** Warm stages that may write where folders of attempts are; the others get none. */
  readonly #withFolders = new Set<StageDefinition>();
  #launcher: Promise<Launcher> | undefined;

  constructor(manifest: Manifest, options: PipelineExecutorOptions) {
    this.#manifest = manifest;
    this.#options = options;
  }

  async execute(task: ClaimedTask, context: TaskContext): Promise<JsonObject | null> {
    const stage = this.#findStage(task.taskName);
    const redact = makeRedact(task.params, stage.secret);
    using timeout = startTimeout(task.timeoutSec);
    const signal = AbortSignal.any([context.signal, timeout.signal]);
    const attempt = { task, stage, context: redactContext(context, redact), redact, signal };
    try {
      return await (stage.warm ? this.#runWarm(attempt, stage.warm) : this.#runOnce(attempt));
    } catch (error) {
      throw redactFailure(error, redact);
    }
  }

  async accepted(task: ClaimedTask): Promise<void> {
    const stage = this.#findStage(task.taskName);
    if (stage.warm === undefined || this.#withFolders.has(stage)) {
      await publishCurrent(task, this.#options.workDir);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  #findStage(taskName: string): StageDefinition {
    const { stages, path } = this.#manifest;
    if (Object.hasOwn(stages, taskName)) return stages[taskName];
    // Not permanent: another worker, or this one after an update, may know it.
    throw new TaskFailure(`Task "${taskName}" has no stage in "${path}"`, { reason: "unknown_task" });
  }

  /** In a process of its own. */
  async #runOnce(attempt: Attempt): Promise<JsonObject | null> {
    const { task, context } = attempt;
    const workDir = await createWorkDir(task, this.#options.workDir);
    context.report({ workDir });
    const document = await writeTaskDocument(task, workDir);
    const program = await this.#makeProgram(attempt, workDir, document.files);
    context.report({ flags: program.flags });
    const run = await runStageProgram({
      ...program,
      ...this.#limits(attempt),
      cwd: workDir,
      stdin: document.text,
      supervisor: await this.#takeSupervisor(),
    });
    return this.#takeRun(run, attempt);
  }

  /** In a process that is kept from task to task. */
  async #runWarm(attempt: Attempt, settings: WarmSettings): Promise<JsonObject | null> {
    const { task, stage, context } = attempt;
    const pool = this.#poolOf(stage, settings);
    let process: WarmProcess | undefined;
    try {
      process = await pool.take() ?? await this.#startWarm(attempt);
      const hasFolder = this.#withFolders.has(stage);
      const workDir = await (hasFolder ? createWorkDir : workDirPath)(task, this.#options.workDir);
      context.report({ flags: process.flags, ...(hasFolder && { workDir }) });
      const result = this.#takeRun(
        await process.run(taskText(task, workDir), this.#limits(attempt)),
        attempt,
      );
      pool.giveBack(process);
      return result;
    } catch (error) {
      pool.giveUp();
      await process?.end();
      throw error;
    }
  }

  #poolOf(stage: StageDefinition, settings: WarmSettings): WarmPool {
    const { run, ffi } = stage.permissions;
    let pool = this.#pools.get(stage);
    if (!pool) this.#pools.set(stage, pool = new WarmPool(settings, run !== undefined || ffi !== undefined));
    return pool;
  }

  async #startWarm(attempt: Attempt): Promise<WarmProcess> {
    const root = resolve(this.#options.workDir);
    const program = await this.#makeProgram(attempt, root, []);
    if (mayWrite(program.flags, root)) this.#withFolders.add(attempt.stage);
    return new WarmProcess(await this.#takeSupervisor(), program, this.#manifest.directory);
  }

  /** What a run means for its task. */
  #takeRun(run: StageRun, { task, stage, context }: Attempt): JsonObject | null {
    context.report({ ...run.report, ...describeExit(run) });
    // A program that failed without a word may lack a module that its project has got since.
    if (run.exitCode !== 0 && !run.spoke) this.#programs.forget(stage);
    return resultOfRun(run, {
      taskName: stage.name,
      timeoutSec: task.timeoutSec,
      memoryBytes: stage.memoryBytes,
    });
  }

  #limits({ stage, context, redact, signal }: Attempt): RunLimits {
    return {
      memoryBytes: stage.memoryBytes,
      resultBytes: stage.resultBytes,
      logSize: stage.logSize,
      gracePeriodSec: this.#options.gracePeriodSec ?? 10,
      signal,
      onProgress: (fraction, message) => context.progress(fraction, message),
      onLog: context.log,
      redact,
    };
  }

  /** A download that is slow does not hold an attempt that must end; it goes on for the next one. */
  async #makeProgram(
    { task, stage, signal }: Attempt,
    workDir: string,
    files: readonly string[],
  ): Promise<Program> {
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

  async #takeSupervisor(): Promise<Supervisor> {
    const { treeForm } = this.#options;
    this.#launcher ??= treeForm ? findLauncher(treeForm) : detectLauncher();
    return (await this.#launcher).take();
  }
}

function describeExit({ exitCode, signal }: StageRun): { exitCode: number } | { signal: string } {
  return signal === null ? { exitCode } : { signal: signalName(signal) };
}
