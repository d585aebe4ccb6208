/**
 * Signals that end attempts.
 *
 * @module
 */

import type { StopReason } from "../task.ts";

/** Timers cannot wait longer, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Aborts when the time of an attempt is over, unless it is disposed of before. */
export function startTimeout(timeoutSec: number): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const reason: StopReason = "timeout";
  const timer = setTimeout(() => controller.abort(reason), Math.min(timeoutSec * 1000, LONGEST_TIMER_MS));
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Settles when a signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
