/**
 * Watching a tree of processes while it runs a task: when it must end, and what it takes.
 *
 * @module
 */

import type { StopReason } from "../task.ts";
import { stopReason } from "./outcome.ts";
import type { ProcessTree, TreeStatus } from "./process_tree.ts";

/** Limits of a tree while it runs a task. */
export interface WatchOptions {
  /** Most memory of all processes together, in bytes; the tree is killed above. */
  readonly memoryBytes?: number;
  /** Time between SIGTERM and SIGKILL, in seconds. */
  readonly gracePeriodSec: number;
  /** Ends the tree; its reason is a {@linkcode StopReason}. */
  readonly signal: AbortSignal;
}

/** Memory is looked at soon after the start, for short programs, and then ever less often. */
const FIRST_SAMPLE_MS = 20;
const SAMPLE_INTERVAL_MS = 1000;

/** Ends the tree when the caller asks for it or when it takes too much memory; measures what it takes meanwhile. */
export class Watch {
  readonly #tree: ProcessTree;
  readonly #options: WatchOptions;
  readonly #isFirst: boolean;
  readonly #onAbort = () => this.#stop(stopReason(this.#options.signal), this.#options.gracePeriodSec);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ending: Promise<boolean> | undefined;
  /** Processor time of the tasks before. */
  #cpuBeforeMs: number | undefined;

  readonly #gaveUp = Promise.withResolvers<TreeStatus>();

  /** Settles when the program could not be killed within the bound, so that nobody waits for it for ever. */
  readonly gaveUp: Promise<TreeStatus> = this.#gaveUp.promise;
  /** Why the tree was ended, or null. */
  reason: StopReason | "memory" | null = null;
  /** Most memory of all processes together, as far as seen; in bytes. */
  peakMemoryBytes = 0;
  /** Processor time of all processes, as far as seen. */
  cpuMs = 0;

  /**
   * Begins at once.
   *
   * @param tree What is watched.
   * @param options When it must end.
   * @param isFirst False when the tree has run other tasks before; what it took for them is left out.
   */
  constructor(tree: ProcessTree, options: WatchOptions, isFirst = true) {
    this.#tree = tree;
    this.#options = options;
    this.#isFirst = isFirst;
    this.#sampleAfter(FIRST_SAMPLE_MS);
    if (options.signal.aborted) this.#onAbort();
    else options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  #stop(reason: Watch["reason"], gracePeriodSec: number): void {
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
    // The first look comes 20 ms late, for all but the first task of a tree: that much is left out.
    this.#cpuBeforeMs ??= this.#isFirst ? 0 : cpuMs;
    this.cpuMs = Math.max(this.cpuMs, cpuMs - this.#cpuBeforeMs);
    const peaks = this.#isFirst ? [memoryBytes, peakMemoryBytes] : [memoryBytes];
    this.peakMemoryBytes = Math.max(this.peakMemoryBytes, ...peaks);
    // No grace: what is taken in the meantime may be all there is.
    if (memoryBytes > (this.#options.memoryBytes ?? Infinity)) this.#stop("memory", 0);
  }

  /** The task is done, and the tree lives on. */
  release(): void {
    if (this.#cpuBeforeMs !== undefined) this.#sample();
    this.#stopLooking();
  }

  /**
   * The program has ended: clears away what it left behind.
   *
   * @returns False when something could not be cleared away.
   */
  async finish(): Promise<boolean> {
    this.#stopLooking();
    await this.#ending;
    return await this.#tree.end(0);
  }

  #stopLooking(): void {
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener("abort", this.#onAbort);
  }
}
