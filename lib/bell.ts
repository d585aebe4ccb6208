/**
 * Something to wait for that may ring before anybody waits.
 *
 * @module
 */

import { pause } from "./backoff.ts";

/** Wakes one waiter; rings that come before it waits again are one. */
export class Bell {
  #rung = Promise.withResolvers<true>();

  /** Wakes whoever waits, or whoever waits next. */
  ring(): void {
    this.#rung.resolve(true);
  }

  /**
   * Waits for a ring.
   *
   * @param durationMs At most so long.
   * @param signal Ends the wait, too.
   * @returns Whether it rang.
   */
  async wait(durationMs: number, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const silence = pause(durationMs, AbortSignal.any([signal, over.signal])).then(() => false);
    const rang = await Promise.race([this.#rung.promise, silence]);
    over.abort();
    // A ring between the end of the wait and here is answered by what the waiter does now.
    this.#rung = Promise.withResolvers();
    return rang;
  }
}
