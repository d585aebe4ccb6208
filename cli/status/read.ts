/**
 * What `absurd status` shows.
 *
 * @module
 */

import type { AbsurdClient, QueueStats, Schedule, SchedulerInfo, WorkerInfo } from "@dsa110/absurd";

/** The state of everything. */
export interface Status {
  /** Version of the schema in the database. */
  readonly schemaVersion: number | null;
  /** Queues that ever had a task, or the one that was asked for. */
  readonly queues: QueueStats[];
  /** Workers that are registered, live or not. */
  readonly workers: WorkerInfo[];
  /** Schedulers that are registered, live or not. */
  readonly schedulers: SchedulerInfo[];
  /** Schedules that spawn into these queues. */
  readonly schedules: ScheduleState[];
  /** Dead letters that were not replayed, in these queues. */
  readonly deadLetters: number;
}

/** The state of a schedule. */
export type ScheduleState = Pick<Schedule, "name" | "queueName" | "state" | "error" | "nextRunAt">;

/**
 * Reads the state.
 *
 * @param queueName Only this queue.
 */
export async function readStatus(client: AbsurdClient, queueName?: string): Promise<Status> {
  const schemaVersion = await client.schemaVersion();
  const [queues, workers, schedulers, schedules] = await Promise.all([
    queueName === undefined
      ? client.listQueueStats()
      : client.getQueueStats(queueName).then((stats) => [stats]),
    client.listWorkers(),
    client.listSchedulers(),
    client.listSchedules(),
  ]);
  const isMeant = (name: string) => queueName === undefined || name === queueName;
  return {
    schemaVersion,
    queues,
    workers: workers.filter(({ queueNames }) => queueNames.some(isMeant)),
    schedulers,
    schedules: schedules.filter((schedule) => isMeant(schedule.queueName)).map(scheduleState),
    deadLetters: queues.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
  };
}

function scheduleState({ name, queueName, state, error, nextRunAt }: Schedule): ScheduleState {
  return { name, queueName, state, error, nextRunAt };
}
