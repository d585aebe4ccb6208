/**
 * Waiting for one thing and another.
 *
 * @module
 */

import { pause } from "../backoff.ts";

/** Waits for whichever is first, and then tells `meanwhile` to end. */
export async function whileWaiting(
  awaited: Promise<void>,
  meanwhile: (ended: AbortSignal) => Promise<void>,
): Promise<void> {
  const ended = new AbortController();
  await Promise.race([awaited, meanwhile(ended.signal)]);
  ended.abort();
}

/** Waits, but no longer than so many milliseconds. */
export async function waitAtMost(durationMs: number, awaited: Promise<void>): Promise<void> {
  await whileWaiting(awaited, async (ended) => void await pause(durationMs, ended));
}

/** Waits until so long after the signal; returns false when `ended` aborts before. */
export async function delayAfter(
  signal: AbortSignal,
  delaySec: number,
  ended: AbortSignal,
): Promise<boolean> {
  await pause(Infinity, AbortSignal.any([signal, ended]));
  return await pause(delaySec * 1000, ended);
}

/** Part of a poll interval by which a wait may be longer or shorter: workers woken together must not keep asking together. */
const JITTER = 0.25;

/** How long to wait until the next look at the queue, in milliseconds. */
export function pollWaitMs(pollIntervalSec: number): number {
  return pollIntervalSec * 1000 * (1 - JITTER + 2 * JITTER * Math.random());
}

/** How long such a wait lasts at most, in seconds. */
export function longestPollWaitSec(pollIntervalSec: number): number {
  return pollIntervalSec * (1 + JITTER);
}
