/**
 * What has to happen from time to time though no worker may be running.
 *
 * @module
 */

import type { SchedulerCalls } from "./calls.ts";

/** Claims that one call takes back at most. */
const BATCH_SIZE = 100;

/** What upkeep did. */
export interface UpkeepReport {
  /** Claims that were taken back from workers that do not answer. */
  readonly recovered: number;
}

/**
 * Does the upkeep once: recovery of claims. It is the one place of the scheduler for anything of the kind; each job is
 * a function of the database that does a bounded piece, and may be called by any number of schedulers and workers.
 *
 * @param signal Ends it between two pieces.
 */
export async function doUpkeep(calls: SchedulerCalls, signal: AbortSignal): Promise<UpkeepReport> {
  let recovered = 0;
  for (let count = BATCH_SIZE; count >= BATCH_SIZE && !signal.aborted; recovered += count) {
    count = await calls.recover(BATCH_SIZE);
  }
  return { recovered };
}
