/**
 * The worker: claims tasks, runs them by an executor, and keeps their claims alive.
 *
 * @module
 */

import type { AbsurdConfig } from "../config.ts";
import type { ManifestSettings } from "../stage/manifest.ts";
import type { TaskExecutor } from "../task.ts";
import type { WorkerEventListener, WorkerSummary } from "./events.ts";
import { WorkerRun } from "./worker_run.ts";

/** What may be said about a worker besides its configuration. */
export interface WorkerOptions {
  /** Queues to claim from. @default the configuration's queue */
  queueNames?: readonly string[];
  /** Task names and limits, as `manifestSettings` reads them from a manifest. @default whatever comes is run */
  settings?: ManifestSettings;
  /** Run one task, or none when none is ready, and end. @default {false} */
  once?: boolean;
  /** End when nothing is ready, claimed or waiting for a retry. @default {false} */
  drain?: boolean;
  /** Claim so many tasks at most, and end. */
  maxTasks?: number;
  /** End when nothing has run for so many seconds. */
  idleTimeoutSec?: number;
  /** Receives what the worker does and notices. What it throws first becomes a warning of the process. */
  onEvent?: WorkerEventListener;
}

/** How to run. */
export interface RunOptions {
  /**
   * Stops the worker: nothing more is claimed; what runs gets the shutdown timeout to end, is then told to stop, and
   * is given back without a failure.
   */
  signal?: AbortSignal;
}

/**
 * A worker.
 *
 * @example Run tasks in this process until nothing is left
 * ```ts ignore
 * import { AbsurdConfig } from "@dsa110/absurd";
 * import { AbsurdWorker } from "@dsa110/absurd/worker";
 *
 * const worker = new AbsurdWorker(
 *   AbsurdConfig.fromEnv(),
 *   async (task, { signal, progress }) => {
 *     const response = await fetch(String(task.params.url), { signal });
 *     progress(0.5, "downloaded");
 *     return { bytes: (await response.arrayBuffer()).byteLength };
 *   },
 *   { drain: true },
 * );
 * const { completed, failed } = await worker.run();
 * ```
 */
export class AbsurdWorker {
  readonly #config: AbsurdConfig;
  readonly #executor: TaskExecutor;
  readonly #options: WorkerOptions;

  /**
   * Sets a worker up; nothing happens before {@linkcode run}.
   *
   * @param config Database, queue, concurrency, limits, lease.
   * @param executor Runs a task; called for several at a time.
   * @param options Queues, stages, when to end, who listens.
   */
  constructor(config: AbsurdConfig, executor: TaskExecutor, options: WorkerOptions = {}) {
    this.#config = config;
    this.#executor = executor;
    this.#options = options;
  }

  /**
   * Runs the worker to its end: by its options, or when the signal aborts. A database that is away is waited for, at
   * the start and later; results that cannot be written wait in memory.
   *
   * @returns How many attempts ended how.
   * @throws InvalidArgumentError when the configuration cannot be used.
   * @throws DatabaseUnavailableError when the login is refused, or host or database are unknown.
   * @throws SchemaError when the schema is not installed, or does not go together with this program: at the start, or
   *   after an upgrade, when what ran was given back.
   * @throws AbsurdError when the executor sees an obstacle, with `once`, or with `drain` while ready tasks are left.
   */
  async run(options: RunOptions = {}): Promise<WorkerSummary> {
    const signal = options.signal ?? new AbortController().signal;
    return await new WorkerRun(this.#config, this.#executor, this.#options).run(signal);
  }
}
