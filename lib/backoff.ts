/**
 * Waiting: between tries, and until something is aborted.
 *
 * @module
 */

/** How long to wait between tries; all in milliseconds. */
export interface BackoffOptions {
  /** Upper bound of the first wait. */
  baseMs: number;
  /** Upper bound of every wait. */
  capMs: number;
}

/**
 * A random time for the wait after try number `tries`: between half and the whole of `baseMs * 2^(tries - 1)`, at most
 * `capMs`. The random half keeps many processes that lost the same server from coming back in step; the fixed half
 * keeps one process from coming back at once.
 *
 * @param tries Tries made so far, from 1.
 */
export function backoffMs(tries: number, { baseMs, capMs }: BackoffOptions): number {
  const boundMs = Math.min(capMs, baseMs * 2 ** (tries - 1));
  return boundMs * (0.5 + Math.random() / 2);
}

/** Timers cannot wait longer: above, they fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Waits, for as long as it takes.
 *
 * @param durationMs How long, in milliseconds.
 * @param options.signal Ends the wait early: the promise rejects with the signal's reason.
 */
export async function sleep(durationMs: number, options: { signal?: AbortSignal } = {}): Promise<void> {
  const endMs = performance.now() + durationMs;
  do {
    await sleepOnce(Math.max(0, Math.min(endMs - performance.now(), LONGEST_TIMER_MS)), options.signal);
  } while (performance.now() < endMs - 1);
}

function sleepOnce(durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, durationMs);
    function abort(): void {
      clearTimeout(timer);
      reject(signal!.reason);
    }
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/**
 * Waits like {@linkcode sleep}, but just returns when the signal aborts.
 *
 * @returns True when the whole time has passed, false when the signal aborted.
 */
export async function pause(durationMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(durationMs, { signal });
    return true;
  } catch {
    return false;
  }
}

/**
 * A promise's value, or the signal's reason as an error, whichever comes first. What the promise stands for goes on.
 */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
