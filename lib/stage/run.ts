/**
 * One run of a stage's program: feed it the task, read what it says, watch its memory, stop it when asked, and leave
 * nothing of it behind.
 *
 * @module
 */

import type { AttemptReport, StopReason } from "../task.ts";
import type { Launcher } from "./launcher.ts";
import { stopReason } from "./outcome.ts";
import type { LineSplitter } from "./output.ts";
import { ProcessTree, settledWithin, type TreeStatus } from "./process_tree.ts";
import { type OutputSummary, StageOutput, type StageOutputOptions } from "./stage_output.ts";

/** What to run, and within which limits. */
export interface StageRunOptions extends StageOutputOptions {
  /** Absolute path of the program, and its arguments. */
  readonly argv: readonly string[];
  /** Working folder. */
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Text for standard input. */
  readonly stdin: string;
  /** How the processes are held together. */
  readonly launcher: Launcher;
  /** Most memory of all processes together, in bytes; the run is killed above. */
  readonly memoryBytes?: number;
  /** Time between SIGTERM and SIGKILL, in seconds. */
  readonly gracePeriodSec: number;
  /** Stops the run; its reason is a {@linkcode StopReason}. */
  readonly signal: AbortSignal;
}

/** What became of a run. */
export interface StageRun extends OutputSummary {
  /** Exit code of the program. */
  readonly exitCode: number;
  /** Number of the signal that ended it, or null. */
  readonly signal: number | null;
  /** Why the runner ended it, or null when it ended by itself. */
  readonly stopped: StopReason | "memory" | null;
  /** What is kept with the attempt. */
  readonly report: Pick<AttemptReport, "durationMs" | "cpuMs" | "peakMemoryBytes" | "logTail">;
}

/** Memory is looked at soon after the start, for short programs, and then ever less often. */
const FIRST_SAMPLE_MS = 20;
const SAMPLE_INTERVAL_MS = 1000;
/** How long a pipe may stay open after everything that was found of the tree is gone. */
const PIPE_BOUND_MS = 500;

/**
 * Runs a program to its end.
 *
 * @param options What to run, and within which limits.
 * @returns What became of it. When this settles, all processes of the run are gone, or the log says which are not.
 */
export async function runStageProgram(options: StageRunOptions): Promise<StageRun> {
  const startedAt = performance.now();
  const tree = new ProcessTree(options.launcher, options, options.stdin);
  const writing = tree.closeInput();
  const output = new StageOutput(options);
  const watch = new Watch(tree, options);
  const readers = [readAll(tree.stdout, output.stdout), readAll(tree.stderr, output.stderr)];

  const { code, signal } = await Promise.race([tree.status, watch.gaveUp]);
  const isGone = await watch.finish();
  const pipes = Promise.all([...readers.map(({ done }) => done), writing]);
  if (!await settledWithin(pipes, PIPE_BOUND_MS)) {
    readers.forEach((reader) => reader.cancel());
    output.note("A process that left this run still holds its pipes");
  }
  output.end();
  if (!isGone) output.note(`Processes of this run are still there: ${tree.members().join(", ")}`);
  return {
    exitCode: code,
    signal,
    stopped: watch.reason,
    ...output.summary(),
    report: {
      durationMs: Math.round(performance.now() - startedAt),
      ...(watch.cpuMs > 0 && { cpuMs: watch.cpuMs }),
      ...(watch.peakMemoryBytes > 0 && { peakMemoryBytes: watch.peakMemoryBytes }),
      logTail: output.log(),
    },
  };
}

/** Ends the tree when the caller asks for it or when it takes too much memory; measures the memory meanwhile. */
class Watch {
  readonly #tree: ProcessTree;
  readonly #options: StageRunOptions;
  readonly #onAbort = () => this.#stop(stopReason(this.#options.signal), this.#options.gracePeriodSec);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ending: Promise<boolean> | undefined;

  readonly #gaveUp = Promise.withResolvers<TreeStatus>();

  /** Settles when the program could not be killed within the bound, so that nobody waits for it for ever. */
  readonly gaveUp: Promise<TreeStatus> = this.#gaveUp.promise;
  /** Why the tree was ended, or null. */
  reason: StageRun["stopped"] = null;
  /** Most memory of all processes together, as far as seen; in bytes. */
  peakMemoryBytes = 0;
  /** Processor time of all processes, as far as seen. */
  cpuMs = 0;

  constructor(tree: ProcessTree, options: StageRunOptions) {
    this.#tree = tree;
    this.#options = options;
    this.#sampleAfter(FIRST_SAMPLE_MS);
    if (options.signal.aborted) this.#onAbort();
    else options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  #stop(reason: StageRun["stopped"], gracePeriodSec: number): void {
    if (this.#ending) return;
    this.reason = reason;
    this.#ending = this.#tree.end(gracePeriodSec * 1000);
    this.#ending.then((isGone) => isGone || this.#gaveUp.resolve({ code: 137, signal: 9 }));
  }

  #sampleAfter(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#sample();
      this.#sampleAfter(Math.min(2 * delayMs, SAMPLE_INTERVAL_MS));
    }, delayMs);
  }

  #sample(): void {
    const { memoryBytes, peakMemoryBytes, cpuMs } = this.#tree.measure();
    this.cpuMs = Math.max(this.cpuMs, cpuMs);
    this.peakMemoryBytes = Math.max(this.peakMemoryBytes, memoryBytes, peakMemoryBytes);
    // No grace: what is taken in the meantime may be all there is.
    if (memoryBytes > (this.#options.memoryBytes ?? Infinity)) this.#stop("memory", 0);
  }

  /**
   * Called when the program has ended: clears away what it left behind.
   *
   * @returns False when something could not be cleared away.
   */
  async finish(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    await this.#ending;
    return await this.#tree.end(0);
  }
}

/** Reads a pipe to its end, or until cancelled: a process that got away may hold it open for ever. */
function readAll(
  stream: ReadableStream<Uint8Array>,
  splitter: LineSplitter,
): { done: Promise<void>; cancel(): void } {
  const reader = stream.getReader();
  const read = async () => {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      if (value) splitter.write(value);
    }
  };
  return { done: read(), cancel: () => void reader.cancel().catch(() => {}) };
}
