/**
 * The state of everything, as the database tells it.
 *
 * @module
 */

import type { QueueStats, WorkerInfo } from "./documents.ts";
import type { Schedule, SchedulerInfo } from "./scheduler/documents.ts";
import type { TaskState } from "./task.ts";

/** Numbers of a queue, and how fast its tasks end. */
export interface QueueStatus extends QueueStats {
  /** Tasks that completed within the last minute. */
  readonly completedLastMinute: number;
  /** Tasks that completed within the last hour. */
  readonly completedLastHour: number;
  /** Tasks that failed for good within the last minute. */
  readonly failedLastMinute: number;
  /** Tasks that failed for good within the last hour. */
  readonly failedLastHour: number;
  /** The last completion within the last hour; null when there was none. */
  readonly lastCompletedAt: Date | null;
  /** True when there were too many to count: the numbers come from the newest 5,000 and the time that these took. */
  readonly estimated: boolean;
}

/** An attempt that failed or was lost. */
export interface LastError {
  /** When. */
  readonly at: Date;
  /** The task. */
  readonly taskId: string;
  /** Its name. */
  readonly taskName: string;
  /** Its queue. */
  readonly queueName: string;
  /** Number of the attempt. */
  readonly attempt: number;
  /** Why, in a word. */
  readonly reason: string | null;
  /** Why, in words; 500 characters at most. */
  readonly error: string | null;
  /** State of the task now: it may have been tried again. */
  readonly state: TaskState;
}

/** The state of a schedule. */
export type ScheduleState = Pick<Schedule, "name" | "queueName" | "state" | "error" | "nextRunAt">;

/** The state of everything, or of one queue. */
export interface Status {
  /** The database's time. */
  readonly at: Date;
  /** Version of the schema. */
  readonly schemaVersion: number;
  /** Queues that have tasks, a worker, a schedule, a limit or a state of their own, or the one that was asked for. */
  readonly queues: QueueStatus[];
  /** Workers that registered and serve these queues, live or not. */
  readonly workers: WorkerInfo[];
  /** Schedulers that registered, live or not. */
  readonly schedulers: SchedulerInfo[];
  /** Schedules that spawn into these queues. */
  readonly schedules: ScheduleState[];
  /** The five newest errors, the newest first. */
  readonly errors: LastError[];
}
