/**
 * Every worker and scheduler now and then forgets what ended long ago, a small batch at a time.
 *
 * @module
 */

import { pause } from "../backoff.ts";
import type { Database, DatabaseCalls } from "../database.ts";
import { callsWith } from "./connection.ts";
import type { Contact } from "./contact.ts";

/** Rows are old by days: looking more often would gain nothing. */
const INTERVAL_SEC = 300;

/** Before the first look, at most: what many workers that start together are there for goes first. */
const START_WITHIN_SEC = 5;

/** Between two batches, so that pruning stays behind the work. */
const BREATH_SEC = 1;

/**
 * Prunes soon, because a process may be restarted often, and then every few minutes until the signal aborts. The times
 * vary, so that many processes spread their looks, and that of those which live for seconds some look at all; they do not
 * wait for each other.
 *
 * @param retentionSec Age from which things are forgotten; 0 = never.
 */
export async function keepPruning(
  database: Database,
  contact: Contact,
  { retentionSec, signal }: { retentionSec: number; signal: AbortSignal },
): Promise<void> {
  if (retentionSec === 0) return;
  const calls = callsWith({ signal }, database);
  if (!await pause(START_WITHIN_SEC * 1000 * Math.random(), signal)) return;
  do {
    try {
      while (await pruneBatch(calls, retentionSec) > 0 && await pause(BREATH_SEC * 1000, signal));
    } catch (error) {
      if (!signal.aborted) contact.failed(error);
    }
  } while (await pause(INTERVAL_SEC * 1000 * (0.5 + Math.random()), signal));
}

/** Forgets a batch of what ended so long ago; returns how many tasks and events. */
async function pruneBatch(database: DatabaseCalls, olderThanSec: number): Promise<number> {
  const [row] = await database.call<{ tasks: number; events: number }>("prune", {
    "older_than_sec": olderThanSec,
  });
  return row.tasks + row.events;
}
