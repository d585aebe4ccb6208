/**
 * What a worker tells while it runs.
 *
 * @module
 */

import type { ClaimedTask } from "../task.ts";

/** Which attempt an event is about. */
export interface AttemptEvent {
  /** The task. */
  readonly taskId: string;
  /** Its name. */
  readonly taskName: string;
  /** Its queue. */
  readonly queueName: string;
  /** The claim. */
  readonly attempt: number;
}

/** How many attempts ended how. */
export interface WorkerSummary {
  /** Results that the database accepted. */
  completed: number;
  /** Failures, final or not. */
  failed: number;
  /** Tasks that could not be done "now", and are tried again. */
  postponed: number;
  /** Claims given back at shutdown, without a failure. */
  released: number;
  /** Claims that the worker did not hold any more at their end. */
  lost: number;
  /** Claims of tasks that were cancelled meanwhile. */
  cancelled: number;
}

/** Something that a worker does or notices. */
export type WorkerEvent =
  | {
    readonly type: "started";
    /** Id, unique for each start. */
    readonly workerId: string;
    readonly queueNames: readonly string[];
    /** Null = whatever comes. */
    readonly taskNames: readonly string[] | null;
    readonly concurrency: number;
  }
  | (AttemptEvent & { readonly type: "claimed" })
  | (AttemptEvent & {
    readonly type: "progress";
    /** Done so far, from 0 to 1. */
    readonly fraction: number;
    readonly message?: string;
  })
  | (AttemptEvent & {
    readonly type: "completed";
    /** Wall time of the run. */
    readonly durationMs: number;
  })
  | (AttemptEvent & {
    readonly type: "failed";
    /** Why, in a word. */
    readonly reason: string;
    /** Why, in words. */
    readonly message: string;
    /** Status of the task now: pending when it will be retried; null where that is not known. */
    readonly status: string | null;
    /** When it will be retried. */
    readonly retryAt: Date | null;
  })
  | (AttemptEvent & {
    /** Its stage said "not now", which is no failure. */
    readonly type: "postponed";
    /** Why, in words. */
    readonly message: string;
    /** When it will be tried again. */
    readonly retryAt: Date | null;
  })
  | (AttemptEvent & { readonly type: "released" | "cancelled" })
  | (AttemptEvent & {
    readonly type: "lost";
    /** What became of the claim. */
    readonly message: string;
  })
  | {
    /** A worker that drains its queues has nothing to do at the moment. */
    readonly type: "waiting";
    /** What it waits for. */
    readonly rest: "claims of other workers" | "retries that are not due";
  }
  | {
    readonly type: "disconnected" | "warning";
    /** What is wrong. */
    readonly message: string;
    /** What could be done. */
    readonly hint?: string;
  }
  | {
    readonly type: "reconnected";
    /** How long the database was away, in seconds. */
    readonly awaySec: number;
  }
  | {
    readonly type: "stopping";
    /** Tasks that still run. */
    readonly running: number;
  }
  | {
    readonly type: "stopped";
    readonly summary: WorkerSummary;
  };

/** Receives events. */
export type WorkerEventListener = (event: WorkerEvent) => void;

/** The part of an event that names an attempt. */
export function attemptOf({ taskId, taskName, queueName, attempt }: ClaimedTask): AttemptEvent {
  return { taskId, taskName, queueName, attempt };
}
