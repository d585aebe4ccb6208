/**
 * Waiting for something that nobody announces.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";

/** How long to wait, and how often to look. */
export interface PollOptions {
  /** Time after which waiting ends, in milliseconds. */
  timeoutMs: number;
  /** Time between two looks, in milliseconds. @default {20} */
  intervalMs?: number;
  /** Ends the wait with its reason. */
  signal?: AbortSignal;
}

/**
 * Calls `check` until it returns something other than `undefined`.
 *
 * @returns That value, or `undefined` when the time was up; `check` is called once more at the end.
 * @throws The signal's reason when it aborts, and whatever `check` throws.
 */
export async function poll<T>(
  check: () => Promise<T | undefined>,
  { timeoutMs, intervalMs = 20, signal }: PollOptions,
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    signal?.throwIfAborted();
    const late = performance.now() >= deadline;
    const value = await check();
    if (value !== undefined || late) return value;
    await delay(intervalMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}
