/**
 * Claims tasks that are only reserved when they turn out to last. A reservation is for tasks that are over in a moment:
 * nobody sees that they run, and no beat keeps them.
 *
 * @module
 */

import type { WorkerCalls } from "./calls.ts";
import type { Contact } from "./contact.ts";
import type { RunningTask } from "./running_task.ts";

/** So long tasks run before they are claimed, in milliseconds; up to twice as long, as nobody looks more often. */
const MOMENT_MS = 100;

/** What it works with. */
export interface ReservedTasksOptions {
  /** How to claim. */
  readonly calls: Pick<WorkerCalls, "claimReserved">;
  /** Whether the database answers. */
  readonly contact: Contact;
  /** Tasks that run now. */
  running(): readonly RunningTask[];
  /** Called when some may not be the worker's any more: a beat tells which. */
  beat(): void;
}

/** Watches tasks that are only reserved, while any of them runs. */
export class ReservedTasks {
  readonly #options: ReservedTasksOptions;
  #timer?: ReturnType<typeof setTimeout>;
  #stopped = false;

  /** Nothing is watched before {@linkcode watch}. */
  constructor(options: ReservedTasksOptions) {
    this.#options = options;
  }

  /** To be called when a reserved task begins. */
  watch(): void {
    if (this.#stopped) return;
    this.#timer ??= setTimeout(() => void this.#look(), MOMENT_MS);
  }

  /** Stops watching. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { calls, contact, beat } = this.#options;
    const nowMs = performance.now();
    const lasting = this.#reserved().filter(({ startMs }) => startMs <= nowMs - MOMENT_MS);
    try {
      if (lasting.length > 0 && !await calls.claimReserved(lasting.map(({ task }) => task))) beat();
      for (const one of lasting) one.contactMs = nowMs;
    } catch (error) {
      if (!this.#stopped) contact.failed(error);
    }
    this.#timer = undefined;
    if (this.#reserved().length > 0) this.watch();
  }

  #reserved(): readonly RunningTask[] {
    return this.#options.running().filter(({ task }) => task.reservationId);
  }
}
