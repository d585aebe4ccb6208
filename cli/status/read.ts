/**
 * What `absurd status` shows.
 *
 * @module
 */

import type { AbsurdClient, QueueStats, WorkerInfo } from "@dsa110/absurd";

/** The state of everything. */
export interface Status {
  /** Version of the schema in the database. */
  readonly schemaVersion: number | null;
  /** Queues that ever had a task, or the one that was asked for. */
  readonly queues: QueueStats[];
  /** Workers that are registered, live or not. */
  readonly workers: WorkerInfo[];
  /** Dead letters that were not replayed, in these queues. */
  readonly deadLetters: number;
}

/**
 * Reads the state.
 *
 * @param queueName Only this queue.
 */
export async function readStatus(client: AbsurdClient, queueName?: string): Promise<Status> {
  const schemaVersion = await client.schemaVersion();
  const [queues, workers] = await Promise.all([
    queueName === undefined
      ? client.listQueueStats()
      : client.getQueueStats(queueName).then((stats) => [stats]),
    client.listWorkers(),
  ]);
  return {
    schemaVersion,
    queues,
    workers: workers.filter(({ queueNames }) => queueName === undefined || queueNames.includes(queueName)),
    deadLetters: queues.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
  };
}
