/**
 * The part of the client that steps in.
 *
 * @module
 */

import { json } from "../database.ts";
import { toDocument } from "../document.ts";
import type { TaskState, TaskStatus } from "../task.ts";
import { callsOf } from "./connection.ts";
import { type DeadLetterFilter, ReadingClient } from "./reading.ts";

/** Why somebody steps in. */
export interface CancelOptions {
  /** For those who look at the task later. */
  reason?: string;
}

/** A claim that recovery took back. */
export interface RecoveredClaim {
  /** The task. */
  readonly taskId: string;
  /** The claim. */
  readonly attempt: number;
  /** Worker that did not answer any more. */
  readonly workerId: string;
  /** Status of the task now. */
  readonly status: TaskStatus;
}

/** Cancels, retries, replays, purges, pauses. */
export class OperatingClient extends ReadingClient {
  /**
   * Cancels a pending or claimed task; a worker that runs it ends it.
   *
   * @returns The status before; `cancelled` when somebody was faster.
   * @throws NotFoundError when there is no such task.
   * @throws WrongStatusError when it has completed or failed.
   */
  async cancelTask(taskId: string, options: CancelOptions = {}): Promise<TaskStatus> {
    return await callsOf(this).value<TaskStatus>("cancel_task", { task_id: taskId, reason: options.reason });
  }

  /**
   * Cancels the unfinished tasks of a workflow.
   *
   * @returns How many.
   * @throws NotFoundError.
   */
  async cancelWorkflow(workflowId: string, options: CancelOptions = {}): Promise<number> {
    return await callsOf(this).value<number>("cancel_workflow", {
      workflow_id: workflowId,
      reason: options.reason,
    });
  }

  /**
   * Retries a failed or cancelled task, with all failures forgotten; what was cancelled because of it comes back, too.
   *
   * @returns The state now.
   * @throws NotFoundError, WrongStatusError.
   */
  async retryTask(taskId: string): Promise<TaskState> {
    return await callsOf(this).value<TaskState>("retry_task", { task_id: taskId });
  }

  /**
   * Replays dead letters: their tasks are retried, and what was cancelled because of them comes back.
   *
   * @returns Ids of the tasks.
   * @throws InvalidArgumentError when the filter says nothing.
   */
  async replayDeadLetters(filter: DeadLetterFilter): Promise<string[]> {
    return await callsOf(this).values<string>("replay_dead_letters", { filter: json(toDocument(filter)) });
  }

  /**
   * Deletes dead letters; their tasks stay as they are.
   *
   * @returns Ids of the tasks.
   * @throws InvalidArgumentError when the filter says nothing.
   */
  async purgeDeadLetters(filter: DeadLetterFilter): Promise<string[]> {
    return await callsOf(this).values<string>("purge_dead_letters", { filter: json(toDocument(filter)) });
  }

  /** Stops claims from a queue; what runs goes on. */
  async pauseQueue(queueName: string = callsOf(this).options.queueName): Promise<void> {
    await callsOf(this).value("pause_queue", { queue_name: queueName }, { retry: true });
  }

  /** Allows claims again. */
  async resumeQueue(queueName: string = callsOf(this).options.queueName): Promise<void> {
    await callsOf(this).value("resume_queue", { queue_name: queueName }, { retry: true });
  }

  /**
   * Takes claims back whose worker has not answered for longer than their lease. Workers do this by themselves; it
   * takes two looks, at least one heartbeat apart, so that a restart of the database does not cost every long run.
   */
  async recoverClaims(): Promise<RecoveredClaim[]> {
    return await callsOf(this).rows<RecoveredClaim>("recover_claims");
  }
}
