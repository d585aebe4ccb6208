/**
 * The part of the client that keeps the queue in order: limits, priorities, retention, and why something waits.
 *
 * @module
 */

import type { Diagnosis } from "../diagnosis.ts";
import type { Explanation } from "../explanation.ts";
import { BulkClient } from "./bulk.ts";
import { callsOf } from "./connection.ts";

/** What a server has done so far. */
export interface Usage {
  /** Bytes of write-ahead log that it has written. */
  readonly walBytes: number;
  /** Buffers that sessions of this database have read, in memory or not. */
  readonly buffers: number;
}

/** What a limit counts; without both: all claims. */
export interface LimitScope {
  /** Claims from this queue. */
  queueName?: string;
  /** Claims of tasks of this name. */
  taskName?: string;
}

/** A limit. */
export interface Limit {
  /** Queue whose claims count; null = all. */
  readonly queueName: string | null;
  /** Task name whose claims count; null = all. */
  readonly taskName: string | null;
  /** Claims at a time, at most. */
  readonly maxClaims: number;
  /** Claims now. */
  readonly claims: number;
  /** Cancelled claims that count as well, because their processes may still run. */
  readonly dying: number;
}

/** How much is forgotten at a time. */
export interface PruneOptions {
  /** Tasks that one call of the database forgets. @default {1000} */
  batchSize?: number;
  /** Ends it between two batches. */
  signal?: AbortSignal;
}

/** How many rows are gone, or would be. */
export interface PruneResult {
  /** Tasks, those of workflows included. */
  readonly tasks: number;
  /** Whole workflows. */
  readonly workflows: number;
  /** Events. */
  readonly events: number;
  /** Idempotency keys. */
  readonly keys: number;
  /** Workers that were silent for a day. */
  readonly workers: number;
}

/** What retention goes through, each in rounds of its own. */
const ROUNDS = ["tasks", "workflows", "keys"];

/** Sets limits and priorities, prunes, explains. */
export class MaintainingClient extends BulkClient {
  /**
   * Allows at most so many claims at a time, exactly, however many workers there are. Claims that exist go on.
   *
   * @param maxClaims 0 holds all back; null removes the limit.
   * @param scope A queue, a task name across queues, a name within a queue; without both: everything.
   * @throws InvalidArgumentError when the number is negative.
   */
  async setLimit(maxClaims: number | null, { queueName, taskName }: LimitScope = {}): Promise<void> {
    await callsOf(this).value(
      "set_limit",
      { max_claims: maxClaims, queue_name: queueName, task_name: taskName },
      { retry: true },
    );
  }

  /** The limits, and how far they are used. */
  async listLimits(): Promise<Limit[]> {
    return await callsOf(this).rows<Limit>("list_limits", {}, { retry: true });
  }

  /**
   * Changes the priority of a pending task, or of a claimed one for the case that it is tried again.
   *
   * @param priority Higher is claimed first.
   * @returns The priority it had.
   * @throws NotFoundError when there is no such task.
   * @throws WrongStatusError when it has ended.
   */
  async setPriority(taskId: string, priority: number): Promise<number> {
    return await callsOf(this).value<number>("set_priority", { task_id: taskId, priority });
  }

  /**
   * Forgets what ended long ago: tasks, whole workflows, events, spent keys. What an operator still has to decide on
   * (dead letters, and what was cancelled because of them) is kept, and so is what unfinished tasks need. Workers and
   * schedulers do this by themselves.
   *
   * @param olderThanSec So many seconds ago, at least.
   */
  async prune(olderThanSec: number, { batchSize = 1000, signal }: PruneOptions = {}): Promise<PruneResult> {
    const total = { tasks: 0, workflows: 0, events: 0, keys: 0, workers: 0 };
    let ends: string[] = [];
    // A round may have been begun by somebody else: only the next one shows that nothing is left.
    while (!signal?.aborted && !ROUNDS.every((kind) => ends.indexOf(kind) !== ends.lastIndexOf(kind))) {
      const [batch] = await callsOf(this).rows<PruneResult & { ended: string[] }>(
        "prune",
        { older_than_sec: olderThanSec, limit: batchSize },
        { retry: true },
      );
      for (const name of Object.keys(total) as (keyof PruneResult)[]) total[name] += batch[name];
      if (batch.tasks + batch.events + batch.keys > 0) ends = [];
      ends.push(...batch.ended);
    }
    return total;
  }

  /**
   * How much {@linkcode prune} would forget as things are now. What becomes free only when that is gone comes on top.
   *
   * @param olderThanSec So many seconds ago, at least.
   */
  async getPrunable(olderThanSec: number): Promise<PruneResult> {
    const [counts] = await callsOf(this).rows<PruneResult>(
      "get_prunable",
      { older_than_sec: olderThanSec },
      { retry: true },
    );
    return counts;
  }

  /**
   * How much the server has written and read so far, everybody's work together: two calls tell what happened between
   * them. Buffers are reported with up to a second of delay.
   */
  async usage(): Promise<Usage> {
    const [{ walBytes, buffers }] = await callsOf(this).rows<Record<keyof Usage, string>>("get_usage");
    return { walBytes: Number(walBytes), buffers: Number(buffers) };
  }

  /**
   * Forgets all tasks of a queue that `absurd bench` made, with their history and events.
   *
   * @param queueName Queue; its name begins with `bench-`.
   * @returns How many tasks.
   * @throws InvalidArgumentError when the queue has another name.
   */
  async discardBenchTasks(queueName: string): Promise<number> {
    let total = 0;
    while (true) {
      const count = await callsOf(this).value<number>(
        "discard_bench_tasks",
        { queue_name: queueName, limit: 5_000 },
        { retry: true },
      );
      if (count === 0) return total;
      total += count;
    }
  }

  /** The state of the server, as far as the queue depends on it. */
  async diagnose(): Promise<Diagnosis> {
    return await callsOf(this).value<Diagnosis>("diagnose", {}, { retry: true });
  }

  /** What holds a task back and what would free it; null when there is none with this id. */
  async explainTask(taskId: string): Promise<Explanation | null> {
    return await callsOf(this).value<Explanation | null>("explain_task", { task_id: taskId }, {
      retry: true,
    });
  }
}
