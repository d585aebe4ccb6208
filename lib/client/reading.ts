/**
 * The part of the client that looks.
 *
 * @module
 */

import { json } from "../database.ts";
import { toDocument } from "../document.ts";
import type { DeadLetter, LogEntry, QueueStats, Task, WorkerInfo, Workflow } from "../documents.ts";
import { SchemaError } from "../errors.ts";
import type { Status } from "../status.ts";
import type { TaskState, TaskStatus } from "../task.ts";
import { BatchClient } from "./batch.ts";
import { callsOf } from "./connection.ts";

/** Reading twice does no harm. */
const RETRY = { retry: true };

/** Which tasks are meant; what is left out does not matter. */
export interface TaskFilter {
  /** Only these. */
  taskIds?: readonly string[];
  /** Only this queue. */
  queueName?: string;
  /** Only tasks of this name. */
  taskName?: string;
  /** Only this status, or one of these. */
  status?: TaskStatus | readonly TaskStatus[];
  /** Only this state, or one of these. */
  state?: TaskState | readonly TaskState[];
  /** Only steps of this workflow. */
  workflowId?: string;
  /** Only tasks that this worker claimed last. */
  workerId?: string;
  /** Only tasks that were spawned with this idempotency key. */
  key?: string;
  /** Only tasks with this text in their last error or its reason, in any case of letters. */
  error?: string;
  /** Only tasks that changed at this time or later: by their end, their claim, else their spawn. */
  since?: Date;
  /** Only tasks that changed before this time. */
  until?: Date;
  /** Only tasks that come after this one: the last of the page before. */
  before?: string;
  /** At most so many, the newest first. @default {50} */
  limit?: number;
}

/** Which workflows to list. */
export interface WorkflowFilter {
  /** Only this queue. */
  queueName?: string;
  /** Only workflows of this name. */
  name?: string;
  /** Only this status. */
  status?: Workflow["status"];
  /** Only workflows that were spawned with this idempotency key. */
  key?: string;
  /** Only workflows that changed at this time or later: by their end, else their spawn. */
  since?: Date;
  /** Only workflows that changed before this time. */
  until?: Date;
  /** Only workflows that come after this one: the last of the page before. */
  before?: string;
  /** At most so many, the newest first. @default {50} */
  limit?: number;
}

/** Which dead letters are meant. */
export interface DeadLetterFilter {
  /** Only those of these tasks. */
  taskIds?: readonly string[];
  /** Only this queue. */
  queueName?: string;
  /** Only tasks of this name. */
  taskName?: string;
  /** Only steps of this workflow. */
  workflowId?: string;
  /** Only those with this text in the error or its reason. */
  error?: string;
  /** Only tasks that failed at this time or later. */
  since?: Date;
  /** Only tasks that failed before this time. */
  until?: Date;
  /** All of them; replay and purge refuse a filter that says nothing. */
  all?: boolean;
  /** Also those that were replayed already. @default {false} */
  includeReplayed?: boolean;
}

/** Which dead letters to list. */
export interface DeadLetterListFilter extends DeadLetterFilter {
  /**
   * Only those that come after this one, the last of the page before: `TASK_ID/ATTEMPT`, or the id alone for the newest
   * dead letter of a task.
   */
  before?: string;
  /** At most so many, the newest first. @default {100} */
  limit?: number;
}

/** Which pieces of a log are meant. */
export interface LogCursor {
  /** Only what comes after this one. @default the beginning */
  after?: Pick<LogEntry, "attempt" | "chunk">;
  /** At most so many, 1000 at most. @default {100} */
  limit?: number;
}

/** Reads tasks, workflows, queues, workers and dead letters. */
export class ReadingClient extends BatchClient {
  /** One task with all its attempts; null when there is none with this id. */
  async getTask(taskId: string): Promise<Task | null> {
    return await callsOf(this).value<Task | null>("get_task", { task_id: taskId }, RETRY);
  }

  /**
   * What the attempts of a task wrote while they ran, in pieces, the oldest first. An attempt that took less than a
   * second has none: its log is in {@linkcode getTask}.
   *
   * @throws NotFoundError when there is no such task.
   */
  async readLogs(taskId: string, { after, limit }: LogCursor = {}): Promise<LogEntry[]> {
    return await callsOf(this).rows<LogEntry>(
      "read_logs",
      { task_id: taskId, after_attempt: after?.attempt, after_chunk: after?.chunk, limit },
      RETRY,
    );
  }

  /** Tasks, the newest first. */
  async listTasks({ limit, ...filter }: TaskFilter = {}): Promise<Task[]> {
    return await callsOf(this).values<Task>("list_tasks", { filter: json(toDocument(filter)), limit }, RETRY);
  }

  /** Ids of tasks that start so; two at most, which is enough to know whether a prefix is unique. */
  async findTaskIds(prefix: string): Promise<string[]> {
    return await callsOf(this).values<string>("find_tasks", { prefix }, RETRY);
  }

  /** One workflow with its steps in order; null when there is none with this id. */
  async getWorkflow(workflowId: string): Promise<Workflow | null> {
    return await callsOf(this).value<Workflow | null>("get_workflow", { workflow_id: workflowId }, RETRY);
  }

  /** Workflows, the newest first. */
  async listWorkflows({ limit, ...filter }: WorkflowFilter = {}): Promise<Workflow[]> {
    return await callsOf(this).values<Workflow>(
      "list_workflows",
      { filter: json(toDocument(filter)), limit },
      RETRY,
    );
  }

  /** Ids of workflows that start so; two at most. */
  async findWorkflowIds(prefix: string): Promise<string[]> {
    return await callsOf(this).values<string>("find_workflows", { prefix }, RETRY);
  }

  /**
   * Numbers of one queue; zeros when it has never been used.
   *
   * @param queueName Queue. @default the client's queue
   */
  async getQueueStats(queueName: string = callsOf(this).options.queueName): Promise<QueueStats> {
    const [stats] = await callsOf(this).rows<QueueStats>("get_queue_stats", { queue_name: queueName }, RETRY);
    return stats;
  }

  /** Numbers of all queues that have tasks, a worker, a schedule, a limit, or are paused or without events. */
  async listQueueStats(): Promise<QueueStats[]> {
    return await callsOf(this).rows<QueueStats>("get_queue_stats", {}, RETRY);
  }

  /**
   * The state of everything in one answer: queues with their rates, workers, schedulers, schedules, last errors.
   *
   * @param queueName Only this queue.
   */
  async getStatus(queueName?: string): Promise<Status> {
    return await callsOf(this).value<Status>("get_status", { queue_name: queueName }, RETRY);
  }

  /** Workers that registered. */
  async listWorkers(): Promise<WorkerInfo[]> {
    return await callsOf(this).values<WorkerInfo>("list_workers", {}, RETRY);
  }

  /**
   * Dead letters, the newest first.
   *
   * @throws NotFoundError when `before` was purged.
   */
  async listDeadLetters({ limit, ...filter }: DeadLetterListFilter = {}): Promise<DeadLetter[]> {
    return await callsOf(this).values<DeadLetter>(
      "list_dead_letters",
      { filter: json(toDocument(filter)), limit },
      RETRY,
    );
  }

  /** The dead letter of a task; null when it has none. */
  async getDeadLetter(taskId: string): Promise<DeadLetter | null> {
    return await callsOf(this).value<DeadLetter | null>("get_dead_letter", { task_id: taskId }, RETRY);
  }

  /** Version of the installed schema; null when there is none. */
  async schemaVersion(): Promise<number | null> {
    try {
      const database = await callsOf(this).database(); // no handshake: any version may be told
      const [row] = await database.call<{ "schema_version": number }>("schema_version", {}, RETRY);
      return row.schema_version;
    } catch (error) {
      if (error instanceof SchemaError) return null;
      throw error;
    }
  }
}
