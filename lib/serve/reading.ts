/**
 * What the API reads; the documents are those of the SQL functions.
 *
 * @module
 */

import { EventLog } from "../events/log.ts";
import { TASK_STATES } from "../task.ts";
import { type Route, route, value, values } from "./api.ts";
import { EVENT_PARAMETERS, readParameters } from "./hub.ts";
import { filterOf, numberOf, oneOf, readId, readLetter } from "./parameters.ts";

const MAX_ROWS = 1_000;
const TASK_FILTER = {
  queue: "queue_name",
  name: "task_name",
  status: "status",
  state: "state",
  workflow: "workflow_id",
  worker: "worker_id",
  key: "key",
  since: "since",
  until: "until",
  before: "before",
};
const WORKFLOW_FILTER = {
  queue: "queue_name",
  name: "name",
  status: "status",
  key: "key",
  since: "since",
  until: "until",
  before: "before",
};
const DEAD_LETTER_FILTER = { queue: "queue_name", name: "task_name", before: "before" };
const TASK_READERS = {
  status: oneOf(["pending", "claimed", "completed", "failed", "cancelled"]),
  state: oneOf(TASK_STATES),
  before: readId,
};
const WORKFLOW_READERS = {
  status: oneOf(["running", "completed", "failed", "cancelled"]),
  before: readId,
};
const DEAD_LETTER_READERS = { before: readLetter };

/** Routes that read. */
export const READING: readonly Route[] = [
  route(
    "GET",
    "/api/status",
    ({ database, query }) => value(database, "get_status", { queue_name: query.get("queue") }),
    { parameters: ["queue"] },
  ),
  route("GET", "/api/queues", ({ database }) => database.call("get_queue_stats", {}, { retry: true })),
  route("GET", "/api/workers", ({ database }) => values(database, "list_workers")),
  route("GET", "/api/schedulers", ({ database }) => values(database, "list_schedulers")),
  route("GET", "/api/limits", ({ database }) => database.call("list_limits", {}, { retry: true })),
  route("GET", "/api/tasks", ({ database, query }) =>
    values(database, "list_tasks", {
      filter: filterOf(query, TASK_FILTER, TASK_READERS),
      limit: numberOf(query, "limit", 50, MAX_ROWS),
    }), { parameters: [...Object.keys(TASK_FILTER), "limit"] }),
  route(
    "GET",
    "/api/tasks/:task_id",
    ({ database, path }) => value(database, "get_task", path),
    { thing: "task" },
  ),
  route(
    "GET",
    "/api/tasks/:task_id/why",
    ({ database, path }) => value(database, "explain_task", path),
    { thing: "task" },
  ),
  route("GET", "/api/tasks/:task_id/logs", ({ database, path, query }) =>
    database.call("read_logs", {
      ...path,
      after_attempt: numberOf(query, "after_attempt", 0, 2 ** 31 - 1),
      after_chunk: numberOf(query, "after_chunk", 0, 2 ** 31 - 1),
      limit: numberOf(query, "limit", 100, MAX_ROWS),
    }, { retry: true }), { parameters: ["after_attempt", "after_chunk", "limit"] }),
  route("GET", "/api/workflows", ({ database, query }) =>
    values(database, "list_workflows", {
      filter: filterOf(query, WORKFLOW_FILTER, WORKFLOW_READERS),
      limit: numberOf(query, "limit", 50, MAX_ROWS),
    }), { parameters: [...Object.keys(WORKFLOW_FILTER), "limit"] }),
  route(
    "GET",
    "/api/workflows/:workflow_id",
    ({ database, path }) => value(database, "get_workflow", path),
    { thing: "workflow" },
  ),
  route("GET", "/api/dead-letters", ({ database, query }) =>
    values(database, "list_dead_letters", {
      filter: filterOf(query, DEAD_LETTER_FILTER, DEAD_LETTER_READERS),
      limit: numberOf(query, "limit", 100, MAX_ROWS),
    }), { parameters: [...Object.keys(DEAD_LETTER_FILTER), "limit"] }),
  route(
    "GET",
    "/api/dead-letters/:task_id",
    ({ database, path }) => value(database, "get_dead_letter", path),
    { thing: "dead letter of task" },
  ),
  route("GET", "/api/schedules", ({ database }) => values(database, "list_schedules")),
  route(
    "GET",
    "/api/schedules/:name",
    ({ database, path }) => value(database, "get_schedule", path),
    { thing: "schedule" },
  ),
  route(
    "GET",
    "/api/schedules/:name/runs",
    ({ database, path, query }) =>
      values(database, "list_schedule_runs", {
        ...path,
        limit: numberOf(query, "limit", 50, MAX_ROWS),
      }),
    { parameters: ["limit"] },
  ),
  route("GET", "/api/events", async ({ database, query }) => {
    const log = new EventLog(database);
    const { since, filter } = readParameters(query);
    const limit = Math.max(1, numberOf(query, "limit", 100, MAX_ROWS));
    const { events, cursor, lastCursor } = await log.read(await log.cursor(since), filter, limit);
    return { events, cursor, "last_cursor": lastCursor };
  }, { parameters: [...EVENT_PARAMETERS, "limit"] }),
];
