/**
 * The part of the client that steps in for many tasks at once.
 *
 * @module
 */

import { json } from "../database.ts";
import { toDocument } from "../document.ts";
import type { TaskState } from "../task.ts";
import { callsOf } from "./connection.ts";
import { type CancelOptions, OperatingClient } from "./operating.ts";
import type { DeadLetterFilter, TaskFilter } from "./reading.ts";

/** What became of one task of many. */
export interface BulkResult {
  /** The task. */
  readonly taskId: string;
  /** Whether it was done. */
  readonly outcome: "ok" | "skipped";
  /** The task's state now; null when there is no such task. */
  readonly state: TaskState | null;
  /** Why it was skipped: `it is completed`. */
  readonly message: string | null;
}

/** How to work on many tasks. */
export interface BulkOptions {
  /** Tasks that one call of the database locks. @default {500} */
  batchSize?: number;
  /** Ends it between two batches. */
  signal?: AbortSignal;
  /** Receives how many of the tasks have been looked at, after each batch. */
  onProgress?: (done: number) => void;
}

/** Ids that one answer of the database holds. */
const PAGE = 10_000;

/** Cancels, retries, releases and unblocks many tasks, so many at a time that nobody has to wait for long. */
export class BulkClient extends OperatingClient {
  /**
   * Ids of all tasks that a filter names, the oldest first, read in pages.
   *
   * @param filter As for `listTasks`; its `limit` is the most of them, the newest.
   */
  async findTasks({ limit = Infinity, ...filter }: TaskFilter = {}): Promise<string[]> {
    const ids: string[] = [];
    while (ids.length < limit) {
      const page = await callsOf(this).values<string>("list_task_ids", {
        filter: json(toDocument({ ...filter, before: ids.at(-1) ?? filter.before })),
        limit: Math.min(PAGE, limit - ids.length),
      }, { retry: true });
      ids.push(...page);
      if (page.length < PAGE) break;
    }
    return ids.reverse();
  }

  /** Ids of all tasks whose dead letters a filter names, the oldest first. */
  async findDeadLetters(filter: DeadLetterFilter = {}): Promise<string[]> {
    const args = { filter: json(toDocument(filter)) };
    return await callsOf(this).values<string>("list_dead_letter_ids", args, { retry: true });
  }

  /** Cancels those of the tasks that are pending or claimed, as `cancelTask` does. */
  async cancelTasks(
    taskIds: readonly string[],
    { reason, ...options }: CancelOptions & BulkOptions = {},
  ): Promise<BulkResult[]> {
    return await this.#inBatches("cancel_tasks", taskIds, options, { reason });
  }

  /** Retries those of the tasks that failed or were cancelled, as `retryTask` does. */
  async retryTasks(taskIds: readonly string[], options: BulkOptions = {}): Promise<BulkResult[]> {
    return await this.#inBatches("retry_tasks", taskIds, options);
  }

  /**
   * Takes claims back from their workers, without counting a failure. A task is claimed again once its worker has ended
   * the processes, or its lease is over.
   */
  async releaseTasks(taskIds: readonly string[], options: BulkOptions = {}): Promise<BulkResult[]> {
    return await this.#inBatches("release_claims", taskIds, options);
  }

  /** Lets blocked tasks go on without parents that ended badly (policy `wait`). */
  async unblockTasks(taskIds: readonly string[], options: BulkOptions = {}): Promise<BulkResult[]> {
    return await this.#inBatches("unblock_tasks", taskIds, options);
  }

  /**
   * Changes the priority of those of the tasks that are pending.
   *
   * @param priority Higher is claimed first.
   */
  async prioritizeTasks(
    taskIds: readonly string[],
    priority: number,
    options: BulkOptions = {},
  ): Promise<BulkResult[]> {
    return await this.#inBatches("prioritize_tasks", taskIds, options, { priority });
  }

  async #inBatches(
    name: string,
    taskIds: readonly string[],
    { batchSize = 500, signal, onProgress }: BulkOptions,
    more: { reason?: string; priority?: number } = {},
  ): Promise<BulkResult[]> {
    const results: BulkResult[] = [];
    for (let start = 0; start < taskIds.length && !signal?.aborted; start += batchSize) {
      const batch = taskIds.slice(start, start + batchSize);
      // twice does no harm, though the second time says that all was done already
      results.push(...await callsOf(this).rows<BulkResult>(name, { task_ids: batch, ...more }));
      onProgress?.(results.length);
    }
    return results;
  }
}
