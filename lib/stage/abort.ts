/**
 * Signals that end attempts.
 *
 * @module
 */

import type { StopReason } from "../task.ts";
import { callOff, timeOutAfter } from "../timeouts.ts";

/** Aborts when the time of an attempt is over, unless it is disposed of before. */
export function startTimeout(timeoutSec: number): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const reason: StopReason = "timeout";
  const durationMs = timeoutSec * 1000;
  const one = { timeOut: () => controller.abort(reason) };
  timeOutAfter(durationMs, one);
  return { signal: controller.signal, [Symbol.dispose]: () => callOff(durationMs, one) };
}

/** Settles when a signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
