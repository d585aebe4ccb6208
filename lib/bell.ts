/**
 * Something to wait for that may ring before anybody waits.
 *
 * @module
 */

import { LONGEST_TIMER_MS } from "./backoff.ts";

/** Wakes one waiter; rings that come before it waits again are one. */
export class Bell {
  #rung = false;
  #wake?: () => void;

  /** Wakes whoever waits, or whoever waits next. */
  ring(): void {
    if (this.#rung) return;
    this.#rung = true;
    this.#wake?.();
  }

  /**
   * Waits for a ring.
   *
   * @param durationMs At most so long; more than 24 days are as many.
   * @param signal Ends the wait, too.
   * @returns Whether it rang.
   */
  async wait(durationMs: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#rung && !signal.aborted) await this.#silence(durationMs, signal);
    const rang = this.#rung;
    // A ring between the end of the wait and here is answered by what the waiter does now.
    this.#rung = false;
    return rang;
  }

  /** Ends with a ring, with the time or with the signal. */
  async #silence(durationMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(durationMs, LONGEST_TIMER_MS));
    const wake = () => resolve();
    signal.addEventListener("abort", wake);
    this.#wake = wake;
    await promise;
    this.#wake = undefined;
    signal.removeEventListener("abort", wake);
    clearTimeout(timer);
  }
}
