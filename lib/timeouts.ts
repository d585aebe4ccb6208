/**
 * Time limits of many short things, most of which end long before.
 *
 * @module
 */

import { LONGEST_TIMER_MS } from "./backoff.ts";

/** Something with a time limit. No function, because one for each of very many short things costs memory. */
export interface TimeLimited {
  /** Called when the time is over. */
  timeOut(): void;
}

/** What waits for the same time. */
interface Line {
  /** With the time of each, in the order in which they are due. */
  readonly waiting: Map<TimeLimited, number>;
  timer?: ReturnType<typeof setTimeout>;
}

/** By duration: what has the same one is due in the order in which it came, so one timer serves all of it. */
const LINES = new Map<number, Line>();

/**
 * Tells `one` when the time is over; like `setTimeout`, but for any duration, and at little cost where very many are
 * called off.
 *
 * @param durationMs How long, in milliseconds.
 * @param one Told once; it must not wait twice for the same duration.
 * @param nowMs Since when, by the monotonic clock.
 */
export function timeOutAfter(durationMs: number, one: TimeLimited, nowMs: number = performance.now()): void {
  let line = LINES.get(durationMs);
  if (!line) LINES.set(durationMs, line = { waiting: new Map() });
  line.waiting.set(one, nowMs + durationMs);
  if (line.timer === undefined) arm(line, durationMs);
}

/** Calls off what {@linkcode timeOutAfter} was asked for with the same duration, if it still waits. */
export function callOff(durationMs: number, one: TimeLimited): void {
  const line = LINES.get(durationMs);
  if (line?.waiting.delete(one)) end(line, durationMs);
}

/**
 * A promise's value, or what `late` makes as an error when the time is over before. What the promise stands for goes on.
 *
 * @param durationMs How long, in milliseconds; Infinity = for as long as it takes.
 */
export async function within<T>(promise: Promise<T>, durationMs: number, late: () => Error): Promise<T> {
  if (durationMs === Infinity) return await promise;
  const { promise: over, reject } = Promise.withResolvers<never>();
  const one = { timeOut: () => reject(late()) };
  timeOutAfter(durationMs, one);
  try {
    return await Promise.race([promise, over]);
  } finally {
    callOff(durationMs, one);
  }
}

function arm(line: Line, durationMs: number): void {
  const [dueMs] = line.waiting.values();
  line.timer = setTimeout(() => {
    line.timer = undefined;
    const nowMs = performance.now();
    for (const [one, limitMs] of line.waiting) {
      if (limitMs > nowMs) break;
      line.waiting.delete(one);
      one.timeOut();
    }
    if (line.waiting.size === 0) end(line, durationMs);
    else if (line.timer === undefined) arm(line, durationMs);
  }, Math.min(Math.ceil(dueMs - performance.now()), LONGEST_TIMER_MS));
}

/** Forgets a line that is empty. */
function end(line: Line, durationMs: number): void {
  if (line.waiting.size > 0 || LINES.get(durationMs) !== line) return;
  clearTimeout(line.timer);
  LINES.delete(durationMs);
}
