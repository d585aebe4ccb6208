/**
 * Why a task does not run, as the database tells it.
 *
 * @module
 */

import type { ParentFailurePolicy } from "./documents.ts";
import type { TaskState, TaskStatus } from "./task.ts";

/** What holds a task back, or how it ended. */
export interface Explanation {
  /** The task. */
  readonly taskId: string;
  /** Its name. */
  readonly taskName: string;
  /** Its queue. */
  readonly queueName: string;
  /** Its status. */
  readonly status: TaskStatus;
  /** Its state. */
  readonly state: TaskState;
  /** All reasons; each of them alone would do. */
  readonly reasons: readonly Reason[];
}

/** One reason. A fact that is not known is absent. */
export type Reason =
  | ParentReason
  | AncestorReason
  | WaitReason
  | PausedReason
  | LimitReason
  | NotOfferedReason
  | TurnReason
  | ClaimReason
  | EndReason;

/** A parent is unfinished, or ended badly while the edge waits for an operator. */
export interface ParentReason {
  readonly kind: "parent";
  readonly taskId: string;
  readonly taskName: string;
  readonly stepName?: string;
  readonly status: TaskStatus;
  readonly state: TaskState;
  readonly onParentFailure: ParentFailurePolicy;
}

/** A task that this one waits for, directly or not, ended badly. */
export interface AncestorReason {
  readonly kind: "ancestor";
  readonly taskId: string;
  readonly taskName: string;
  readonly status: TaskStatus;
  readonly error?: string;
  /** Whether a dead letter of it waits to be replayed. */
  readonly deadLetter: boolean;
}

/** Time has to pass: the task's own, that of a retry, or until a cancelled claim is surely gone. */
export interface WaitReason {
  readonly kind: "time" | "backoff" | "dying";
  readonly untilAt: Date;
  readonly failures?: number;
  readonly maxRetries?: number;
  readonly notNowCount?: number;
  readonly error?: string;
  readonly attempt?: number;
  readonly workerId?: string;
}

/** The queue is paused. */
export interface PausedReason {
  readonly kind: "paused";
  readonly queueName: string;
  readonly pausedAt: Date;
}

/** A limit is reached. */
export interface LimitReason {
  readonly kind: "limit";
  /** Absent: all queues. */
  readonly queueName?: string;
  /** Absent: all names. */
  readonly taskName?: string;
  readonly maxClaims: number;
  /** The first ten claims that count; dying ones are cancelled, but still have processes. */
  readonly heldBy: readonly { readonly taskId: string; readonly workerId: string; readonly dying: boolean }[];
}

/** No live worker would take it. */
export interface NotOfferedReason {
  readonly kind: "not_offered";
  readonly queueName: string;
  readonly taskName: string;
  /** Live workers that serve the queue, but not this name. */
  readonly workersOfQueue: number;
}

/** It is ready, and others are before it. */
export interface TurnReason {
  readonly kind: "turn";
  /** How many; 1000 stands for that many or more. */
  readonly before: number;
  readonly priority: number;
}

/** A worker holds it: fine, not heard of for its lease, or over its time limit. */
export interface ClaimReason {
  readonly kind: "running" | "silent" | "expired";
  readonly workerId: string;
  readonly attempt: number;
  readonly claimedAt: Date;
  readonly heartbeatAt: Date;
  readonly leaseEndsAt: Date;
  readonly deadlineAt: Date;
}

/** It has ended. */
export interface EndReason {
  readonly kind: "completed" | "failed" | "cancelled";
  readonly at: Date;
  readonly error?: string;
  readonly errorReason?: string;
  readonly failures?: number;
  readonly maxRetries?: number;
  /** Whether a dead letter of it waits to be replayed. */
  readonly deadLetter?: boolean;
  readonly cancelReason?: string;
  readonly causeTaskId?: string;
  readonly causeTaskName?: string;
  readonly causeError?: string;
}
