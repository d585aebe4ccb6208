/**
 * Waiting for a condition, with a deadline.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";

/**
 * Calls `check` until it returns something true and does not throw, and returns that.
 *
 * @throws {Error} When it did not within `timeoutMs`, with what it threw last as the cause.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 15_000, intervalMs = 25 }: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<Exclude<T, false | 0 | "" | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    const outcome = await attempt(check);
    if ("value" in outcome && outcome.value) {
      return outcome.value as Awaited<ReturnType<typeof eventually<T>>>;
    }
    if (performance.now() >= deadline) {
      const last = "value" in outcome ? `it is ${Deno.inspect(outcome.value)}` : `it throws ${outcome.error}`;
      const cause = "value" in outcome ? undefined : outcome.error;
      throw new Error(`Not within ${timeoutMs} ms: ${check.toString().slice(0, 200)}; ${last}`, { cause });
    }
    await delay(intervalMs);
  }
}

async function attempt<T>(check: () => T | Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await check() };
  } catch (error) {
    return { error };
  }
}
