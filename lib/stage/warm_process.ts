/**
 * A stage's process that is kept from task to task: one line of JSON in for each, its messages out.
 *
 * @module
 */

import type { Supervisor } from "./launcher.ts";
import type { Program } from "./prepare.ts";
import { ProcessTree, settledWithin, type TreeStatus } from "./process_tree.ts";
import { makeRun, PIPE_BOUND_MS, type RunLimits, type StageRun } from "./run.ts";
import { StageOutput } from "./stage_output.ts";
import { Watch } from "./watch.ts";

const KILLED: TreeStatus = { code: 137, signal: 9 };
/** How long a process may take to end by itself when it gets no more tasks. */
const END_WITHIN_MS = 1000;

/** A process that does one task after the other. */
export class WarmProcess {
  readonly #tree: ProcessTree;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;
  readonly #startedAt = performance.now();
  #isOver = false;

  /** Tasks that it was given. */
  tasks = 0;
  /** Permission flags that it runs with. */
  readonly flags: string[];

  /**
   * Starts it. Its standard error goes where its standard output goes, so that each line is known to be of the task
   * before or after a result.
   *
   * @param supervisor What runs it.
   * @param program What is run.
   * @param cwd Working folder.
   */
  constructor(supervisor: Supervisor, program: Program, cwd: string) {
    this.#tree = new ProcessTree(supervisor, { ...program, cwd, mergesErrors: true });
    this.#output = this.#tree.stdout.getReader();
    this.flags = program.flags;
    this.#tree.status.then(() => this.#clearAway());
  }

  /** Nothing outlives the program; what got away must not hold its pipe. */
  async #clearAway(): Promise<void> {
    this.#isOver = true;
    await this.#tree.end(0);
    await new Promise<void>((resolve) => Deno.unrefTimer(setTimeout(resolve, PIPE_BOUND_MS)));
    await this.#output.cancel().catch(() => {});
  }

  /** True when it cannot take a task any more, as far as was told. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Looks whether it can take a task: one that has just ended would fail it. */
  isAlive(): boolean {
    return !this.#isOver && this.#tree.isRunning();
  }

  /** How long it has lived, in milliseconds. */
  get ageMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** True when a task has left a process behind. */
  get hasChildren(): boolean {
    return this.#tree.hasChildren;
  }

  /**
   * Runs a task. Only when its result can be used does the process live on; otherwise it has ended, and nothing of it
   * is left, when this settles.
   *
   * @param task The task's document, as {@linkcode taskText} makes it.
   * @param limits Limits, and where what it says goes.
   */
  async run(task: string, limits: RunLimits): Promise<StageRun> {
    const startedAt = performance.now();
    const serial = ++this.tasks;
    const output = new StageOutput({ ...limits, serial });
    const watch = new Watch(this.#tree, limits, serial === 1);
    watch.gaveUp.then(() => this.#output.cancel().catch(() => {}));
    this.#tree.write(`{"serial":${serial},${task.slice(1)}\n`);
    await this.#readAnswer(output);
    const isDone = output.answered && watch.reason === null && output.summary().resultProblem === null;
    const status = isDone ? { code: 0, signal: null } : await this.#finish(output, watch);
    if (isDone) watch.release();
    output.end();
    // What answered counts as well done; that it was ended afterwards says nothing about the task.
    return makeRun(output.answered ? { code: 0, signal: null } : status, { startedAt, output, watch });
  }

  async #readAnswer(output: StageOutput): Promise<void> {
    while (!output.answered) {
      const { done, value } = await this.#output.read();
      if (done) return;
      output.stdout.write(value);
    }
  }

  /** Waits for the end of a process that failed, or ends it. */
  async #finish(output: StageOutput, watch: Watch): Promise<TreeStatus> {
    const mayEnd = !output.answered && watch.reason === null;
    if (mayEnd && !await settledWithin(this.#tree.status, PIPE_BOUND_MS)) {
      output.note("The stage closed its output before it gave a result");
    }
    const isGone = await watch.finish();
    if (!isGone) output.note(`Processes of this run are still there: ${this.#tree.members().join(", ")}`);
    return isGone ? await this.#tree.status : KILLED;
  }

  /** It waits for a task, and does not keep this process alive meanwhile. */
  unref(): void {
    this.#tree.unref();
  }

  /** It is given a task. */
  ref(): void {
    this.#tree.ref();
  }

  /** Ends it: it gets no more tasks, and has a moment to end by itself. */
  async end(): Promise<void> {
    this.#tree.ref();
    await this.#tree.closeInput();
    await settledWithin(this.#tree.status, END_WITHIN_MS);
    await this.#tree.end(0);
  }
}
