/**
 * Documents about queues, workers, schedules and the rest.
 *
 * @module
 */

import { z } from "zod";
import { about, count, flag, id, number, object, state, text, time } from "./values.ts";

/** Numbers of a queue. */
export const queue = z.strictObject({
  queue_name: about(text, "the queue"),
  pending: about(count, "tasks that wait: ready, scheduled, blocked and held"),
  claimed: about(count, "tasks that workers hold"),
  completed: about(count, "tasks that completed"),
  failed: about(count, "tasks that failed for good"),
  cancelled: about(count, "tasks that were cancelled"),
  ready: about(count, "a worker may claim them now, or has reserved them"),
  scheduled: about(count, "they wait for their time"),
  blocked: about(count, "they wait for a parent"),
  held: about(count, "they wait for their queue or a limit"),
  paused: about(flag, "whether the queue is paused"),
  oldest_ready_at: about(time.nullable(), "since when the longest waiting ready task could run"),
  dead_letters: about(count, "dead letters that were not replayed"),
});

const queueStatus = queue.extend({
  completed_last_minute: about(count, "completed within a minute"),
  completed_last_hour: about(count, "completed within an hour"),
  failed_last_minute: about(count, "failed within a minute"),
  failed_last_hour: about(count, "failed within an hour"),
  last_completed_at: about(time.nullable(), "the last completion within an hour"),
  estimated: about(flag, "true when there were too many to count"),
});

/** A worker. */
export const worker = z.strictObject({
  worker_id: about(text, "unique for each start"),
  hostname: about(text.nullable(), "its host"),
  pid: about(count.nullable(), "its process"),
  version: about(text.nullable(), "version of absurd"),
  queue_names: about(z.array(text), "queues it claims from"),
  task_names: about(z.array(text).nullable(), "tasks it runs; null: any"),
  concurrency: about(count.nullable(), "tasks at a time"),
  started_at: about(time, "when it started"),
  heartbeat_at: about(time, "its last heartbeat"),
  live: about(flag, "whether that was recent enough"),
  tasks: about(
    z.array(z.strictObject({ task_id: id, task_name: text, attempt: count })),
    "what it runs: task_id, task_name, attempt",
  ),
  reserved: about(count, "ready tasks that it has reserved, to run them within a moment"),
});

const scheduler = z.strictObject({
  scheduler_id: text,
  hostname: text.nullable(),
  pid: count.nullable(),
  version: text.nullable(),
  started_at: time,
  heartbeat_at: time,
  live: flag,
});

const level = z.enum(["ok", "warning", "critical"]);

/** A verdict. */
export const health = z.strictObject({
  level: about(level, "the worst of all"),
  problems: about(z.array(text), "a sentence each"),
});

/** The state of everything. */
export const statusDocument = z.strictObject({
  at: about(time, "the database's time"),
  schema_version: about(count, "version of the schema"),
  queues: about(z.array(queueStatus), "as in `queue list`, with rates"),
  workers: about(z.array(worker), "as in `worker list`"),
  schedulers: about(z.array(scheduler), "schedulers that registered"),
  schedules: about(
    z.array(z.strictObject({
      name: text,
      queue_name: text,
      state: text,
      error: text.nullable(),
      next_run_at: time.nullable(),
    })),
    "name, queue_name, state, error, next_run_at",
  ),
  errors: about(
    z.array(z.strictObject({
      at: time,
      task_id: id,
      task_name: text,
      queue_name: text,
      attempt: count,
      reason: text.nullable(),
      error: text.nullable(),
      state,
    })),
    "the five newest failed attempts: at, task_id, task_name, queue_name, attempt, reason, error, state of the task now",
  ),
  dead_letters: about(count, "dead letters that were not replayed"),
  database_latency_ms: about(number, "how long the database took to answer"),
  health: about(health, "the verdict"),
});

/** A limit. */
export const limit = z.strictObject({
  queue_name: about(text.nullable(), "queue whose claims count; null: all"),
  task_name: about(text.nullable(), "name whose claims count; null: all"),
  max_claims: about(count, "claims at a time, at most"),
  claims: about(count, "claims now"),
  dying: about(count, "cancelled claims that count as well"),
});

/** A chain. */
export const chain = z.strictObject({
  name: about(text, "its name"),
  steps: about(
    z.array(z.looseObject({ name: text, task: text })),
    "name, task, depends_on, params and options of each",
  ),
});

/** A chain as lists have it. */
export const listedChain = chain.extend({ source: about(text, "built in, or the manifest's path") });

/** What a doctor finds. */
export const finding = z.strictObject({
  check: about(text, "what was looked at"),
  level: about(level, "how it is"),
  message: about(text, "what was found"),
  remedy: about(text.nullable(), "what to do about it"),
});

/** What was forgotten. */
export const pruned = z.strictObject({
  tasks: about(count, "tasks, those of workflows included"),
  workflows: about(count, "whole workflows"),
  events: about(count, "events"),
  keys: about(count, "idempotency keys"),
  workers: about(count, "workers that were silent for a day"),
});

/** Versions. */
export const versions = z.strictObject({
  absurd: about(text, "of this program"),
  schema: about(count, "of the schema that it installs"),
  deno: about(text, "of Deno"),
});

/** A change of a task or a workflow. */
export const event = z.strictObject({
  cursor: about(text, "its place: --since goes on after it"),
  created_at: about(time, "when it happened"),
  kind: about(
    z.enum(["task", "progress", "workflow"]),
    "a new status, progress, or a new status of a workflow",
  ),
  queue_name: about(text, "the queue"),
  task_id: about(id.nullable(), "the task; null for a workflow"),
  task_name: about(text.nullable(), "its name"),
  workflow_id: about(id.nullable(), "the workflow, if any"),
  attempt: about(count.nullable(), "claims of the task so far"),
  status: about(text, "the status from then on"),
  detail: about(object.nullable(), "more; what is there depends on the status"),
});

/** Figures of a measurement. */
export const bench = z.strictObject({
  rates: about(
    z.array(z.strictObject({
      what: text,
      tasks: count,
      per_sec: number,
      wal_bytes_per_task: number,
      buffers_per_task: number,
    })),
    "what, tasks, per_sec, wal_bytes_per_task, buffers_per_task of each",
  ),
  latencies: about(
    z.array(z.strictObject({ what: text, p50_ms: number, p95_ms: number, p99_ms: number })),
    "what, p50_ms, p95_ms, p99_ms of each",
  ),
});
