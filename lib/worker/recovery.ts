/**
 * Every worker looks after the claims of all: those whose worker does not answer any more go back to the queue.
 *
 * @module
 */

import { pause } from "../backoff.ts";
import { DatabaseUnavailableError } from "../errors.ts";
import type { WorkerCalls } from "./calls.ts";
import { messageOf } from "./contact.ts";
import type { WorkerEventListener } from "./events.ts";

/** Claims that one call takes back at most. */
const BATCH_SIZE = 100;

/**
 * Recovers claims about once a heartbeat until the signal aborts. The interval varies, so that many workers spread
 * their looks.
 *
 * @param intervalSec The heartbeat interval: recovery takes two looks at least that far apart.
 */
export async function keepRecovering(
  calls: WorkerCalls,
  emit: WorkerEventListener,
  { intervalSec, signal }: { intervalSec: number; signal: AbortSignal },
): Promise<void> {
  let warned = false;
  while (await pause(intervalSec * 1000 * (0.75 + Math.random() / 2), signal)) {
    try {
      while (await calls.recover() >= BATCH_SIZE && !signal.aborted);
      warned = false;
    } catch (error) {
      // heartbeats tell that the database is away
      if (error instanceof DatabaseUnavailableError || warned) continue;
      warned = true;
      emit({ type: "warning", message: `Lost claims cannot be recovered: ${messageOf(error)}` });
    }
  }
}
