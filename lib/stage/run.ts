/**
 * One run of a stage's program: feed it the task, read what it says, watch its memory, stop it when asked, and leave
 * nothing of it behind.
 *
 * @module
 */

import type { AttemptReport, StopReason } from "../task.ts";
import type { Supervisor } from "./launcher.ts";
import type { LineSplitter } from "./output.ts";
import { ProcessTree, settledWithin, type TreeStatus } from "./process_tree.ts";
import { type OutputSummary, StageOutput, type StageOutputOptions } from "./stage_output.ts";
import type { SupervisedProgram } from "./supervisor.ts";
import { Watch, type WatchOptions } from "./watch.ts";

/** Limits of a run, and where what it says goes. */
export interface RunLimits extends StageOutputOptions, WatchOptions {}

/** What to run, and within which limits. */
export interface StageRunOptions extends RunLimits, SupervisedProgram {
  /** Text for standard input. */
  readonly stdin: string;
  /** What runs it. */
  readonly supervisor: Supervisor;
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

/** How long a pipe may stay open after everything that was found of the tree is gone. */
export const PIPE_BOUND_MS = 500;

/**
 * Runs a program to its end.
 *
 * @param options What to run, and within which limits.
 * @returns What became of it. When this settles, all processes of the run are gone, or the log says which are not.
 */
export async function runStageProgram(options: StageRunOptions): Promise<StageRun> {
  const startedAt = performance.now();
  const tree = new ProcessTree(options.supervisor, options, options.stdin);
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
  return makeRun({ code, signal }, { startedAt, output, watch });
}

/**
 * Puts together what became of a run.
 *
 * @param status How its program ended; exit code 0 for one that lives on.
 * @param parts What saw it, and when it began by the monotonic clock.
 */
export function makeRun(
  { code, signal }: TreeStatus,
  { startedAt, output, watch }: { startedAt: number; output: StageOutput; watch: Watch },
): StageRun {
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
