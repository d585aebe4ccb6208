/**
 * What the database tells about tasks, workflows, workers and queues.
 *
 * @module
 */

import type { JsonObject, JsonValue, TaskState, TaskStatus } from "./task.ts";

/** How far a running task is. */
export interface Progress {
  /** Done so far, from 0 to 1. */
  readonly fraction: number;
  /** What is being done. */
  readonly message: string | null;
  /** When that was said. */
  readonly at: Date;
}

/** A parent of a task. */
export interface TaskDependency {
  /** Task that must end first. */
  readonly taskId: string;
  /** Its name. */
  readonly taskName: string;
  /** Its step in the workflow. */
  readonly stepName: string | null;
  /** Its status. */
  readonly status: TaskStatus;
  /** Its state. */
  readonly state: TaskState;
  /** What happens when it ends badly. */
  readonly onParentFailure: ParentFailurePolicy;
}

/** What happens to a task whose parent failed or was cancelled: it is cancelled, waits, or goes on. */
export type ParentFailurePolicy = "cancel" | "wait" | "ignore";

/** One run of a task. */
export interface Attempt {
  /** Number of the claim, from 1. */
  readonly attempt: number;
  /** Worker that held it. */
  readonly workerId: string;
  /** When it was claimed. */
  readonly claimedAt: Date;
  /** When it ended. */
  readonly finishedAt: Date | null;
  /** How it ended. */
  readonly outcome: "completed" | "failed" | "released" | "cancelled" | "lost" | null;
  /** Why it failed, in a word. */
  readonly reason: string | null;
  /** Why it failed, in words. */
  readonly message: string | null;
  /** Exit code of the stage's program. */
  readonly exitCode: number | null;
  /** Signal that ended the stage's program. */
  readonly signal: string | null;
  /** Wall time, in milliseconds. */
  readonly durationMs: number | null;
  /** Processor time of all processes, as far as seen, in milliseconds. */
  readonly cpuMs: number | null;
  /** Highest memory of all processes, in bytes. */
  readonly peakMemoryBytes: number | null;
  /** Permission flags that the stage ran with. */
  readonly flags: string[] | null;
  /** First and last part of the stage's log. */
  readonly logTail: string | null;
  /** Folder of the attempt. */
  readonly workDir: string | null;
}

/** A task. */
export interface Task {
  /** UUIDv7. */
  readonly taskId: string;
  /** Queue. */
  readonly queueName: string;
  /** Name that workers look up. */
  readonly taskName: string;
  /** Status. */
  readonly status: TaskStatus;
  /** The status, with `pending` split by what holds the task back. */
  readonly state: TaskState;
  /** Parameters. */
  readonly params: JsonObject;
  /** Result, when completed. */
  readonly result: JsonValue;
  /** Last error. */
  readonly error: string | null;
  /** Last error, in a word. */
  readonly errorReason: string | null;
  /** Higher is claimed first. */
  readonly priority: number;
  /** Claims so far. */
  readonly attempt: number;
  /** Failures that count. */
  readonly failures: number;
  /** Retries allowed; null until a claim settles it. */
  readonly maxRetries: number | null;
  /** Time limit of an attempt, in seconds; null until a claim settles it. */
  readonly timeoutSec: number | null;
  /** Worker of the last claim. */
  readonly workerId: string | null;
  /** Workflow that the task is a step of. */
  readonly workflowId: string | null;
  /** Name of the step. */
  readonly stepName: string | null;
  /** Idempotency key. */
  readonly key: string | null;
  /** When it was spawned. */
  readonly createdAt: Date;
  /** Not before this time. */
  readonly runAt: Date | null;
  /** Last claim. */
  readonly claimedAt: Date | null;
  /** Last heartbeat of that claim. */
  readonly heartbeatAt: Date | null;
  /** When it completed, failed or was cancelled. */
  readonly finishedAt: Date | null;
  /** How far it is. */
  readonly progress: Progress | null;
  /** Why it was cancelled. */
  readonly cancelReason: string | null;
  /** Task whose bad end cancelled this one. */
  readonly causeTaskId: string | null;
  /** Parents. */
  readonly dependsOn: TaskDependency[];
  /** How often in a row its stage said "not now"; only in the answer about one task, as all that follows. */
  readonly notNowCount?: number;
  /** Upper bound of the first wait before a retry, in seconds. */
  readonly backoffBaseSec?: number;
  /** Upper bound of any wait before a retry, in seconds. */
  readonly backoffCapSec?: number;
  /** Whether it gets a dead letter when it fails. */
  readonly dlqEnabled?: boolean;
  /** Sink that its result goes to. */
  readonly onComplete?: string | null;
  /** All claims that have ended. */
  readonly attempts?: Attempt[];
  /** Tasks that depend on it, the first hundred. */
  readonly children?: TaskChild[];
}

/** A task that depends on another. */
export interface TaskChild {
  /** The task. */
  readonly taskId: string;
  /** Its name. */
  readonly taskName: string;
  /** Its step in the workflow. */
  readonly stepName: string | null;
  /** Its status. */
  readonly status: TaskStatus;
  /** Its state. */
  readonly state: TaskState;
  /** What happens to it when the other ends badly. */
  readonly onParentFailure: ParentFailurePolicy;
}

/** A piece of what an attempt wrote while it ran. */
export interface LogEntry {
  /** Number of the claim, from 1. */
  readonly attempt: number;
  /** Number of the piece within the attempt, from 0. */
  readonly chunk: number;
  /** When it arrived. */
  readonly createdAt: Date;
  /** Whole lines. */
  readonly text: string;
}

/** A run of a chain. */
export interface Workflow {
  /** UUIDv7. */
  readonly workflowId: string;
  /** Name of the chain. */
  readonly name: string;
  /** Queue. */
  readonly queueName: string;
  /** Status: it ends when nothing in it can move without an operator. */
  readonly status: "running" | "completed" | "failed" | "cancelled";
  /** Idempotency key. */
  readonly key: string | null;
  /** Parameters that all steps share. */
  readonly params: JsonObject;
  /** When it was spawned. */
  readonly createdAt: Date;
  /** When it ended. */
  readonly finishedAt: Date | null;
  /** Its tasks, in order. */
  readonly steps: Task[];
}

/** A worker that registered. */
export interface WorkerInfo {
  /** Id, unique for each start. */
  readonly workerId: string;
  /** Host. */
  readonly hostname: string;
  /** Process. */
  readonly pid: number;
  /** Version of this package. */
  readonly version: string;
  /** Queues that it claims from. */
  readonly queueNames: string[];
  /** Tasks that it runs; null = whatever comes. */
  readonly taskNames: string[] | null;
  /** Tasks at a time. */
  readonly concurrency: number;
  /** When it started. */
  readonly startedAt: Date;
  /** Last heartbeat. */
  readonly heartbeatAt: Date;
  /** Whether that was recent enough. */
  readonly live: boolean;
  /** Tasks that it holds. */
  readonly tasks: { readonly taskId: string; readonly taskName: string; readonly attempt: number }[];
  /** How many ready tasks it has reserved besides, to run them within a moment. */
  readonly reserved: number;
}

/** Numbers of a queue. */
export interface QueueStats {
  /** Queue. */
  readonly queueName: string;
  /** Tasks by status. */
  readonly pending: number;
  /** Tasks that workers hold. */
  readonly claimed: number;
  /** Tasks that completed. */
  readonly completed: number;
  /** Tasks that failed for good. */
  readonly failed: number;
  /** Tasks that were cancelled. */
  readonly cancelled: number;
  /** Pending tasks that a worker may claim now. */
  readonly ready: number;
  /** Pending tasks that wait for their time. */
  readonly scheduled: number;
  /** Pending tasks that wait for a parent. */
  readonly blocked: number;
  /** Pending tasks that wait for their queue or a limit. */
  readonly held: number;
  /** Whether the queue is paused. */
  readonly paused: boolean;
  /** When the task that has been ready for longest was spawned or became due. */
  readonly oldestReadyAt: Date | null;
  /** Dead letters that were not replayed. */
  readonly deadLetters: number;
}

/** A task that failed for good. */
export interface DeadLetter {
  /** The task. */
  readonly taskId: string;
  /** Queue. */
  readonly queueName: string;
  /** Name of the task. */
  readonly taskName: string;
  /** Workflow. */
  readonly workflowId: string | null;
  /** Step. */
  readonly stepName: string | null;
  /** Last error. */
  readonly error: string | null;
  /** Last error, in a word. */
  readonly errorReason: string | null;
  /** Failures that counted. */
  readonly failures: number;
  /** Claims. */
  readonly attempt: number;
  /** When it failed. */
  readonly failedAt: Date;
  /** When it was replayed. */
  readonly replayedAt: Date | null;
  /** Parameters. */
  readonly params: JsonObject;
  /** All claims. */
  readonly attempts: Attempt[];
}
