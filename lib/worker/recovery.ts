/**
 * Every worker looks after the claims of all: those whose worker does not answer any more go back to the queue.
 *
 * @module
 */

import { pause } from "../backoff.ts";
import type { WorkerCalls } from "./calls.ts";
import type { Contact } from "./contact.ts";

/** Claims that one call takes back at most. */
const BATCH_SIZE = 100;

/** Of many workers one looks in such a part of the interval, and one a day in any case. */
const EVERY_PART = 1 / 4;
const LONGEST_EVERY_SEC = 86_400;

/**
 * Recovers claims about once a heartbeat until the signal aborts. The interval varies, so that many workers spread
 * their looks.
 *
 * @param intervalSec The heartbeat interval: recovery takes two looks at least that far apart.
 */
export async function keepRecovering(
  calls: WorkerCalls,
  contact: Contact,
  { intervalSec, signal }: { intervalSec: number; signal: AbortSignal },
): Promise<void> {
  while (await pause(intervalSec * 1000 * (0.75 + Math.random() / 2), signal)) {
    try {
      let lost = await calls.recover(lookEverySec(intervalSec));
      while (lost >= BATCH_SIZE && !signal.aborted) lost = await calls.recover(0);
    } catch (error) {
      if (!signal.aborted) contact.failed(error);
    }
  }
}

/** How long nobody need look after somebody has, in seconds. */
export function lookEverySec(intervalSec: number): number {
  return Math.min(intervalSec * EVERY_PART, LONGEST_EVERY_SEC);
}
