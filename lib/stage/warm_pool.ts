/**
 * The processes of one warm stage that wait for tasks.
 *
 * @module
 */

import type { WarmSettings } from "./manifest_stage.ts";
import type { WarmProcess } from "./warm_process.ts";

/** A process that has had no task for so long is ended, in milliseconds. */
const IDLE_MS = 60_000;

/** Keeps processes from task to task. There are never more than tasks that run at a time. */
export class WarmPool {
  readonly #settings: WarmSettings;
  readonly #endsChildren: boolean;
  readonly #waiting = new Map<WarmProcess, ReturnType<typeof setTimeout>>();
  readonly #ending = new Set<Promise<void>>();

  /**
   * Has no process yet.
   *
   * @param settings When a process is replaced.
   * @param mayHaveChildren True when tasks may start processes: one that leaves some behind ends its own with them.
   */
  constructor(settings: WarmSettings, mayHaveChildren: boolean) {
    this.#settings = settings;
    this.#endsChildren = mayHaveChildren;
  }

  /** The process that waited least, so that those that are too many come of age; undefined when a new one is needed. */
  take(): WarmProcess | undefined {
    for (const process of [...this.#waiting.keys()].reverse()) {
      this.#remove(process);
      if (process.isOver) continue;
      process.ref();
      return process;
    }
    return undefined;
  }

  /** Takes a process back whose task is done. */
  giveBack(process: WarmProcess): void {
    const leftMs = this.#settings.afterSec * 1000 - process.ageMs;
    if (process.isOver) return;
    const isOld = process.tasks >= this.#settings.tasks || leftMs <= 0;
    if (isOld || this.#endsChildren && process.hasChildren) return this.#end(process);
    const timer = setTimeout(() => {
      this.#remove(process);
      this.#end(process);
    }, Math.min(IDLE_MS, leftMs));
    Deno.unrefTimer(timer);
    process.unref();
    this.#waiting.set(process, timer);
  }

  /** Ends those that wait, and waits for those that are ending. */
  async close(): Promise<void> {
    for (const process of [...this.#waiting.keys()]) {
      this.#remove(process);
      this.#end(process);
    }
    await Promise.all(this.#ending);
  }

  #remove(process: WarmProcess): void {
    clearTimeout(this.#waiting.get(process));
    this.#waiting.delete(process);
  }

  #end(process: WarmProcess): void {
    const ending: Promise<void> = process.end().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
