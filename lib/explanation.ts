/**
 * Why a task does not run, as the database tells it.
 *
 * @module
 */

import type { ParentFailurePolicy, Workflow } from "./documents.ts";
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

/** What would free the task. */
export interface WayOut {
  /** Whether it passes without anybody stepping in. */
  readonly endsByItself: boolean;
  /** Functions of schema `absurd` that end it; `register_worker` stands for a worker that offers the task. */
  readonly freedBy: readonly string[];
}

/** One reason. A fact that is not known is absent. */
export type Reason = WayOut & ReasonFacts;

/** What is known about a reason, by its kind. */
export type ReasonFacts =
  | ParentReason
  | AncestorReason
  | FreeingReason
  | WaitReason
  | PausedReason
  | LimitReason
  | NotOfferedReason
  | TurnReason
  | ReservedReason
  | ClaimReason
  | EndReason;

/** A parent is unfinished, or ended badly while the edge waits for an operator. */
export interface ParentReason {
  /** What kind of reason it is. */
  readonly kind: "parent";
  /** The other task. */
  readonly taskId: string;
  /** Name of the task. */
  readonly taskName: string;
  /** Step of the parent in its workflow. */
  readonly stepName?: string;
  /** Status of the other task. */
  readonly status: TaskStatus;
  /** State of the other task. */
  readonly state: TaskState;
  /** What happens when the parent ends badly. */
  readonly onParentFailure: ParentFailurePolicy;
}

/** A task that this one waits for, directly or not, ended badly. */
export interface AncestorReason {
  /** What kind of reason it is. */
  readonly kind: "ancestor";
  /** The other task. */
  readonly taskId: string;
  /** Name of the task. */
  readonly taskName: string;
  /** Status of the other task. */
  readonly status: TaskStatus;
  /** What went wrong, in words. */
  readonly error?: string;
  /** Whether a dead letter of it waits to be replayed. */
  readonly deadLetter: boolean;
}

/** A parent with very many children has completed: they become ready some at a time, and soon this one. */
export interface FreeingReason {
  /** What kind of reason it is. */
  readonly kind: "freeing";
  /** The parent. */
  readonly taskId: string;
  /** Its name. */
  readonly taskName: string;
}

/** Time has to pass: the task's own, that of a retry, or until a cancelled claim is surely gone. */
export interface WaitReason {
  /** What kind of reason it is. */
  readonly kind: "time" | "backoff" | "dying";
  /** When it is over. */
  readonly untilAt: Date;
  /** Failures counted so far. */
  readonly failures?: number;
  /** Retries after the first failure. */
  readonly maxRetries?: number;
  /** How often in a row the stage said "not now". */
  readonly notNowCount?: number;
  /** What went wrong, in words. */
  readonly error?: string;
  /** Number of the claim. */
  readonly attempt?: number;
  /** Worker that holds or held it. */
  readonly workerId?: string;
}

/** The queue is paused. */
export interface PausedReason {
  /** What kind of reason it is. */
  readonly kind: "paused";
  /** The queue. */
  readonly queueName: string;
  /** When it was paused. */
  readonly pausedAt: Date;
}

/** A limit is reached. */
export interface LimitReason {
  /** What kind of reason it is. */
  readonly kind: "limit";
  /** Absent: all queues. */
  readonly queueName?: string;
  /** Absent: all names. */
  readonly taskName?: string;
  /** Most claims at a time. */
  readonly maxClaims: number;
  /** The first ten claims that count; dying ones are cancelled, but still have processes. */
  readonly heldBy: readonly { readonly taskId: string; readonly workerId: string; readonly dying: boolean }[];
}

/** No live worker would take it. */
export interface NotOfferedReason {
  /** What kind of reason it is. */
  readonly kind: "not_offered";
  /** The queue. */
  readonly queueName: string;
  /** Name of the task. */
  readonly taskName: string;
  /** Live workers that serve the queue, but not this name. */
  readonly workersOfQueue: number;
}

/** It is ready, and others are before it. */
export interface TurnReason {
  /** What kind of reason it is. */
  readonly kind: "turn";
  /** How many; 1000 stands for that many or more. */
  readonly before: number;
  /** Priority of the task. */
  readonly priority: number;
}

/** A worker has reserved it: it runs it within a moment, and nobody else may take it. */
export interface ReservedReason {
  /** What kind of reason it is. */
  readonly kind: "reserved";
  /** The worker. */
  readonly workerId: string;
  /** Since when. */
  readonly reservedAt: Date;
  /** When others take it back, should the worker be gone. */
  readonly leaseEndsAt: Date;
}

/** A worker holds it: fine, not heard of for its lease, or over its time limit. */
export interface ClaimReason {
  /** What kind of reason it is. */
  readonly kind: "running" | "silent" | "expired";
  /** Worker that holds or held it. */
  readonly workerId: string;
  /** Number of the claim. */
  readonly attempt: number;
  /** When it was claimed. */
  readonly claimedAt: Date;
  /** When its worker was last heard of. */
  readonly heartbeatAt: Date;
  /** When the claim counts as lost without another heartbeat. */
  readonly leaseEndsAt: Date;
  /** When its time is over. */
  readonly deadlineAt: Date;
}

/** It has ended. */
export interface EndReason {
  /** What kind of reason it is. */
  readonly kind: "completed" | "failed" | "cancelled";
  /** When it ended. */
  readonly at: Date;
  /** What went wrong, in words. */
  readonly error?: string;
  /** What went wrong, in a word. */
  readonly errorReason?: string;
  /** Failures counted so far. */
  readonly failures?: number;
  /** Retries after the first failure. */
  readonly maxRetries?: number;
  /** Whether a dead letter of it waits to be replayed. */
  readonly deadLetter?: boolean;
  /** Why it was cancelled, in words. */
  readonly cancelReason?: string;
  /** Task because of which it was cancelled. */
  readonly causeTaskId?: string;
  /** Name of that task. */
  readonly causeTaskName?: string;
  /** What went wrong with that task. */
  readonly causeError?: string;
  /** The newer one that holds its key, or that of its workflow: while it does, this one cannot be retried. */
  readonly heldBy?: KeyHolder;
}

/** Who holds a key. */
export interface KeyHolder {
  /** What it is. */
  readonly kind: "task" | "workflow";
  /** Its id. */
  readonly id: string;
  /** The key. */
  readonly key: string;
  /** Its status; absent when it is forgotten. */
  readonly status?: TaskStatus | Workflow["status"];
  /** When others may take the key: it has completed, and keeps it for its window. Absent: it has not ended. */
  readonly freeAt?: Date;
}
