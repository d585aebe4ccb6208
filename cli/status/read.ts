/**
 * What `absurd status` shows.
 *
 * @module
 */

import type { AbsurdClient, Status } from "@dsa110/absurd";
import { assess, countDeadLetters, type Health, type Observation } from "./health.ts";
import type { Thresholds } from "./thresholds.ts";

/** Reads the state, and measures how long the database takes to answer: once connected, to a question that costs nothing. */
export async function observe(client: AbsurdClient, queueName: string | undefined): Promise<Observation> {
  const status = await client.getStatus(queueName);
  const startMs = performance.now();
  await client.databaseTime();
  return { status, latencyMs: performance.now() - startMs, queueName };
}

/** The state as a JSON document has it. */
export interface StatusDocument extends Status {
  /** Dead letters that were not replayed. */
  readonly deadLetters: number;
  /** How long the database took to answer, in milliseconds. */
  readonly databaseLatencyMs: number;
  /** The verdict. */
  readonly health: Health;
}

/** The state with its verdict. */
export function statusDocument(observation: Observation, thresholds: Thresholds): StatusDocument {
  const { status, latencyMs } = observation;
  return {
    ...status,
    deadLetters: countDeadLetters(status.queues),
    databaseLatencyMs: Math.round(latencyMs * 10) / 10,
    health: assess(observation, thresholds),
  };
}
