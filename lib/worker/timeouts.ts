/**
 * Time limits of many short things, most of which end long before.
 *
 * @module
 */

import { LONGEST_TIMER_MS } from "../backoff.ts";

/** What waits for the same time. */
interface Line {
  /** Acts, with the time of each, in the order in which they are due. */
  readonly waiting: Map<() => void, number>;
  timer?: ReturnType<typeof setTimeout>;
}

/** By duration: what has the same one is due in the order in which it came, so one timer serves all of it. */
const LINES = new Map<number, Line>();

/**
 * Calls `act` when the time is over; like `setTimeout`, but for any duration, and at little cost where very many are
 * called off.
 *
 * @param durationMs How long, in milliseconds.
 * @param act Called once; the same function must not wait twice for the same duration.
 * @param nowMs Since when, by the monotonic clock.
 * @returns Calls it off.
 */
export function after(durationMs: number, act: () => void, nowMs: number = performance.now()): () => void {
  let line = LINES.get(durationMs);
  if (!line) LINES.set(durationMs, line = { waiting: new Map() });
  line.waiting.set(act, nowMs + durationMs);
  if (line.timer === undefined) arm(line, durationMs);
  return () => {
    line.waiting.delete(act);
    end(line, durationMs);
  };
}

function arm(line: Line, durationMs: number): void {
  const [dueMs] = line.waiting.values();
  line.timer = setTimeout(() => {
    line.timer = undefined;
    const nowMs = performance.now();
    for (const [act, actMs] of line.waiting) {
      if (actMs > nowMs) break;
      line.waiting.delete(act);
      act();
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
