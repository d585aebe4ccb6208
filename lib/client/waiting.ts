/**
 * Waiting until something in the database has happened.
 *
 * @module
 */

import { pause } from "../backoff.ts";
import { Bell } from "../bell.ts";
import type { Database } from "../database.ts";
import { DatabaseUnavailableError, WaitTimeoutError } from "../errors.ts";

/** How to wait. */
export interface WaitOptions {
  /** Give up after so many seconds. @default for ever */
  timeoutSec?: number;
  /** Gives up when it aborts, with its reason. */
  signal?: AbortSignal;
}

/** Looks that come though no event was heard: notifications may get lost. */
const POLL_INTERVAL_MS = 1_000;
/** The database notifies events for some seconds after it was told that somebody listens. */
const FOLLOW_INTERVAL_MS = 1_500;
/** A busy queue must not make the watcher busy. */
const MIN_INTERVAL_MS = 50;
/** A restart of the server is waited out; a longer absence is the caller's business. */
const MAX_OUTAGE_MS = 60_000;

/**
 * Reads again after each event until the answer is not undefined.
 *
 * @param database Where events come from.
 * @param read Looks once.
 * @param what What is waited for, for the message when it takes too long.
 * @throws WaitTimeoutError when the time is over.
 * @throws DatabaseUnavailableError when the database has been away for a minute.
 */
export async function waitUntil<T>(
  database: Database,
  read: () => Promise<T | undefined>,
  { what, timeoutSec, signal }: WaitOptions & { what: string },
): Promise<T> {
  const timeout = new AbortController();
  const timer = timeoutSec === undefined ? undefined : setTimeout(() => timeout.abort(), timeoutSec * 1000);
  const stop = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal;
  const bell = new Bell();
  let listener: AsyncDisposable | undefined;
  try {
    // a database that is away from the beginning is told at once
    const first = await read();
    if (first !== undefined) return first;
    listener = await listen(database, bell);
    const outage = new Outage();
    let followedMs = -Infinity;
    while (!stop.aborted) {
      const answer = await outage.survive(async () => {
        if (listener && performance.now() - followedMs > FOLLOW_INTERVAL_MS) {
          await database.call("follow_events", {}, { retry: true });
          followedMs = performance.now();
        }
        return await read();
      });
      if (answer !== undefined) return answer;
      await pause(MIN_INTERVAL_MS, stop);
      await bell.wait(POLL_INTERVAL_MS, stop);
    }
  } finally {
    clearTimeout(timer);
    await listener?.[Symbol.asyncDispose]();
  }
  signal?.throwIfAborted();
  throw new WaitTimeoutError(`Waited ${timeoutSec} s for ${what}, which has not ended`);
}

/** Without a listener (no connection left, a pooler in between) looking from time to time does as well. */
async function listen(database: Database, bell: Bell): Promise<AsyncDisposable | undefined> {
  const ring = () => bell.ring();
  return await database.listen(["absurd_events"], { notify: ring, connected: ring }).catch(() => undefined);
}

/** Tolerates that the database is away for a while. */
class Outage {
  #sinceMs?: number;

  async survive<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await read();
      this.#sinceMs = undefined;
      return answer;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) throw error;
      this.#sinceMs ??= performance.now();
      if (performance.now() - this.#sinceMs > MAX_OUTAGE_MS) throw error;
      return undefined;
    }
  }
}
