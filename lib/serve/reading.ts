/**
 * What the API reads; the documents are those of the SQL functions.
 *
 * @module
 */

import { EventLog } from "../events/log.ts";
import { filterOf, numberOf, type Route, route, value, values } from "./api.ts";
import { readParameters } from "./hub.ts";

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

/** Routes that read. */
export const READING: readonly Route[] = [
  route(
    "GET",
    "/api/status",
    ({ database, query }) => value(database, "get_status", { queue_name: query.get("queue") }),
  ),
  route("GET", "/api/queues", ({ database }) => database.call("get_queue_stats", {}, { retry: true })),
  route("GET", "/api/workers", ({ database }) => values(database, "list_workers")),
  route("GET", "/api/schedulers", ({ database }) => values(database, "list_schedulers")),
  route("GET", "/api/limits", ({ database }) => database.call("list_limits", {}, { retry: true })),
  route("GET", "/api/tasks", ({ database, query }) =>
    values(database, "list_tasks", {
      filter: filterOf(query, TASK_FILTER),
      limit: numberOf(query, "limit", 50, MAX_ROWS),
    })),
  route("GET", "/api/tasks/:id", ({ database, path }) => value(database, "get_task", { task_id: path.id })),
  route(
    "GET",
    "/api/tasks/:id/why",
    ({ database, path }) => value(database, "explain_task", { task_id: path.id }),
  ),
  route("GET", "/api/tasks/:id/logs", ({ database, path, query }) =>
    database.call("read_logs", {
      task_id: path.id,
      after_attempt: numberOf(query, "after_attempt", 0, 2 ** 31 - 1),
      after_chunk: numberOf(query, "after_chunk", 0, 2 ** 31 - 1),
      limit: numberOf(query, "limit", 100, MAX_ROWS),
    }, { retry: true })),
  route("GET", "/api/workflows", ({ database, query }) =>
    values(database, "list_workflows", {
      filter: filterOf(query, WORKFLOW_FILTER),
      limit: numberOf(query, "limit", 50, MAX_ROWS),
    })),
  route(
    "GET",
    "/api/workflows/:id",
    ({ database, path }) => value(database, "get_workflow", { workflow_id: path.id }),
  ),
  route("GET", "/api/dead-letters", ({ database, query }) =>
    values(database, "list_dead_letters", {
      filter: filterOf(query, DEAD_LETTER_FILTER),
      limit: numberOf(query, "limit", 100, MAX_ROWS),
    })),
  route(
    "GET",
    "/api/dead-letters/:id",
    ({ database, path }) => value(database, "get_dead_letter", { task_id: path.id }),
  ),
  route("GET", "/api/schedules", ({ database }) => values(database, "list_schedules")),
  route(
    "GET",
    "/api/schedules/:name",
    ({ database, path }) => value(database, "get_schedule", { name: decodeURIComponent(path.name) }),
  ),
  route(
    "GET",
    "/api/schedules/:name/runs",
    ({ database, path, query }) =>
      values(database, "list_schedule_runs", {
        name: decodeURIComponent(path.name),
        limit: numberOf(query, "limit", 50, MAX_ROWS),
      }),
  ),
  route("GET", "/api/events", async ({ database, query }) => {
    const log = new EventLog(database);
    const { since, filter } = readParameters(query);
    const limit = Math.max(1, numberOf(query, "limit", 100, MAX_ROWS));
    const { events, cursor, lastCursor } = await log.read(await log.cursor(since), filter, limit);
    return { events, cursor, "last_cursor": lastCursor };
  }),
];
