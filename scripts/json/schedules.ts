/**
 * Documents about schedules.
 *
 * @module
 */

import { z } from "zod";
import { about, count, flag, id, number, object, text, time } from "./values.ts";

/** What became of a due time. */
export const scheduleRun = z.strictObject({
  run_id: about(id, "UUIDv7"),
  schedule_name: about(text, "the schedule"),
  due_at: about(time.nullable(), "the due time; null when triggered by hand"),
  fired_at: about(time, "when it was handled"),
  outcome: about(z.enum(["spawned", "skipped", "failed"]), "what became of it"),
  reason: about(text.nullable(), "why it was skipped or failed"),
  missed_count: about(count, "due times before it that were passed over"),
  first_missed_at: about(time.nullable(), "the first of them"),
  task_id: about(id.nullable(), "the task that it spawned"),
  workflow_id: about(id.nullable(), "the workflow that it spawned"),
  status: about(text.nullable(), "status of that now"),
  scheduler_id: about(text.nullable(), "the scheduler"),
});

/** A schedule. */
export const schedule = z.strictObject({
  name: about(text, "its name"),
  description: about(text.nullable(), "what it is for"),
  state: about(z.enum(["active", "paused", "ended"]), "ended when there is no further due time"),
  error: about(text.nullable(), "why a scheduler paused it"),
  cron_expression: about(text, "when it is due"),
  timezone: about(text, "on whose clock"),
  starts_at: about(time.nullable(), "not due before"),
  ends_at: about(time.nullable(), "not due after"),
  jitter_sec: about(number, "bound of the distance between due times and runs"),
  offset_sec: about(number, "that distance"),
  missed: about(z.enum(["skip", "once", "all"]), "what happens to due times without a scheduler"),
  missed_limit: about(count, "with all: how many of the newest are run"),
  grace_sec: about(number, "with skip: how late it may still run"),
  overlap: about(z.enum(["allow", "skip"]), "while a run is unfinished"),
  queue_name: about(text, "the queue"),
  task_name: about(text.nullable(), "the task to spawn"),
  chain: about(z.unknown(), "the chain to spawn: name and steps"),
  params: about(object, "parameters"),
  priority: about(number.nullable(), "as of the task"),
  max_retries: about(count.nullable(), "as of the task"),
  timeout_sec: about(number.nullable(), "as of the task"),
  backoff_base_sec: about(number.nullable(), "as of the task"),
  backoff_cap_sec: about(number.nullable(), "as of the task"),
  dlq_enabled: about(flag.nullable(), "as of the task"),
  synced: about(flag, "whether it stands in a manifest"),
  revision: about(count, "number of its last change"),
  next_due_at: about(time.nullable(), "next due time; null unless active"),
  next_run_at: about(time.nullable(), "when that will be fired"),
  last_due_at: about(time.nullable(), "the due time that was handled last"),
  last_run_at: about(time.nullable(), "when it spawned something last"),
  created_at: about(time, "when it was added"),
  updated_at: about(time, "when it was changed last"),
});

/** A schedule as lists have it. */
export const listedSchedule = schedule.extend({
  last_run: about(scheduleRun.nullable(), "the newest line of its history, as in `scheduler history`"),
});

/** A schedule as `scheduler show` has it. */
export const shownSchedule = schedule.extend({
  runs: about(z.array(scheduleRun), "the five newest lines of its history"),
});

/** A due time to come. */
export const dueTime = z.strictObject({
  due_at: about(time, "the due time"),
  run_at: about(time, "when it is fired"),
  zoned: about(text, "the due time in the schedule's zone, as RFC 9557 writes it"),
});
