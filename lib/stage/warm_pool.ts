/**
 * The processes of one warm stage that wait for tasks.
 *
 * @module
 */

import type { WarmSettings } from "./manifest_stage.ts";
import type { WarmProcess } from "./warm_process.ts";

/** A process that has had no task for so long is ended, in milliseconds. */
const IDLE_MS = 60_000;
/**
 * Before a task gets a new process it waits for one as long as the last start took, within these bounds, in
 * milliseconds; and only one starts at a time, unless that takes the longer of them. Short tasks share few processes,
 * which is faster than many, and long ones lose next to nothing.
 */
const PATIENCE_MS = { least: 40, most: 1000 };

/** A task that waits for a process. */
interface Waiter {
  readonly sinceMs: number;
  /** Called without one when it gets a new one. */
  resolve(process?: WarmProcess): void;
}

/** Keeps processes from task to task. There are never more than tasks that run at a time. */
export class WarmPool {
  readonly #settings: WarmSettings;
  readonly #endsChildren: boolean;
  readonly #waiting = new Map<WarmProcess, ReturnType<typeof setTimeout>>();
  readonly #ending = new Set<Promise<void>>();
  /** Oldest first. */
  readonly #waiters: Waiter[] = [];
  #patience: ReturnType<typeof setTimeout> | undefined;
  #patienceMs = PATIENCE_MS.least;
  /** Since when the newest process is starting; undefined when it has done its first task. */
  #startingMs: number | undefined;
  /** When the last one had done its first task. */
  #startedMs = -Infinity;
  /** Processes that run a task. */
  #busy = 0;

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

  /**
   * Finds a process: the one that waited least, so that those that are too many come of age, else one that becomes free
   * soon. Each call is followed by one of {@linkcode giveBack} or {@linkcode giveUp}.
   *
   * @returns Undefined when a new one is needed.
   */
  async take(): Promise<WarmProcess | undefined> {
    const process = this.#takeWaiting() ?? (this.#busy > 0 ? await this.#waitForOne() : undefined);
    if (process) return process;
    this.#busy++;
    this.#startingMs = performance.now();
    return undefined;
  }

  #takeWaiting(): WarmProcess | undefined {
    for (const process of [...this.#waiting.keys()].reverse()) {
      this.#remove(process);
      if (!process.isAlive()) continue;
      process.ref();
      this.#busy++;
      return process;
    }
    return undefined;
  }

  #waitForOne(): Promise<WarmProcess | undefined> {
    const { promise, resolve } = Promise.withResolvers<WarmProcess | undefined>();
    this.#waiters.push({ sinceMs: performance.now(), resolve });
    this.#bePatient();
    return promise;
  }

  /** Gives the oldest waiter a new process when its time has come. */
  #bePatient(): void {
    clearTimeout(this.#patience);
    if (this.#waiters.length === 0) return;
    // What was waited for a process that was starting says nothing about how long tasks take.
    const dueMs = this.#startingMs === undefined
      ? Math.max(this.#waiters[0].sinceMs, this.#startedMs) + this.#patienceMs
      : this.#startingMs + PATIENCE_MS.most;
    this.#patience = setTimeout(() => {
      this.#waiters.shift()?.resolve();
      this.#startingMs = performance.now();
      this.#bePatient();
    }, Math.max(0, dueMs - performance.now()));
  }

  /** Takes a process back whose task is done. */
  giveBack(process: WarmProcess): void {
    if (process.tasks === 1) this.#hasStarted();
    const leftMs = this.#settings.afterSec * 1000 - process.ageMs;
    const isOld = process.tasks >= this.#settings.tasks || leftMs <= 0;
    if (process.isOver || isOld || this.#endsChildren && process.hasChildren) {
      this.giveUp();
      return this.#end(process);
    }
    const waiter = this.#waiters.shift();
    if (waiter) {
      waiter.resolve(process);
      return this.#bePatient();
    }
    this.#busy--;
    const timer = setTimeout(() => {
      this.#remove(process);
      this.#end(process);
    }, Math.min(IDLE_MS, leftMs));
    Deno.unrefTimer(timer);
    process.unref();
    this.#waiting.set(process, timer);
  }

  /** The task has ended, and its process with it, if it ever had one. */
  giveUp(): void {
    this.#busy--;
    this.#hasStarted();
    if (this.#busy === 0) this.#waiters.shift()?.resolve(); // none will come back
    this.#bePatient();
  }

  #hasStarted(): void {
    this.#startedMs = performance.now();
    const tookMs = this.#startedMs - (this.#startingMs ?? this.#startedMs);
    if (tookMs > 0) this.#patienceMs = Math.min(Math.max(tookMs, PATIENCE_MS.least), PATIENCE_MS.most);
    this.#startingMs = undefined;
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
