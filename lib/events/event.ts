/**
 * What the log of events tells.
 *
 * @module
 */

import type { TaskStatus } from "../task.ts";

/** More about an event; what is there depends on the status. */
export interface EventDetail {
  /** Worker that claimed the task. */
  readonly workerId?: string;
  /** Last error of a task that failed. */
  readonly error?: string;
  /** The same, in a word; also of a task that is tried again. */
  readonly errorReason?: string;
  /** Why a task was cancelled. */
  readonly reason?: string;
  /** Task whose bad end cancelled this one. */
  readonly causeTaskId?: string;
  /** When a task that waits for its time is due. */
  readonly runAt?: Date;
  /** How far a task is, from 0 to 1. */
  readonly fraction?: number;
  /** What it says about that. */
  readonly message?: string;
  /** Name of the workflow. */
  readonly name?: string;
}

/** A change of a task or a workflow. */
export interface QueueEvent {
  /** Its place in the log: hand it over as `since` to get what came after it. */
  readonly cursor: string;
  /** When it happened. */
  readonly createdAt: Date;
  /** A new status of a task, its progress, or a new status of a workflow. */
  readonly kind: "task" | "progress" | "workflow";
  /** Queue of the task or workflow. */
  readonly queueName: string;
  /** The task; null for a workflow. */
  readonly taskId: string | null;
  /** Its name. */
  readonly taskName: string | null;
  /** The workflow, if any. */
  readonly workflowId: string | null;
  /** Claims of the task so far. */
  readonly attempt: number | null;
  /** Status from then on. */
  readonly status: TaskStatus | "running";
  /** More about it. */
  readonly detail: EventDetail | null;
}

/** Which events are meant; all that are given must match. */
export interface EventFilter {
  /** Only this queue. */
  queueName?: string;
  /** Only this task. */
  taskId?: string;
  /** Only tasks of this name. */
  taskName?: string;
  /** Only this workflow and its steps. */
  workflowId?: string;
  /** Only this kind. */
  kind?: QueueEvent["kind"];
}

/** Which events to follow. */
export interface EventOptions extends EventFilter {
  /**
   * Where to begin: the cursor of the last event that was seen, a time, or `"start"` for all that is kept.
   *
   * @default the end: what happens from now on
   */
  since?: string | Date;
  /** Goes on for ever; false ends with the last event there is. @default {true} */
  follow?: boolean;
  /** Ends the iteration, without an error. */
  signal?: AbortSignal;
}
