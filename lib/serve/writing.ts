/**
 * What the API changes.
 *
 * @module
 */

import { json } from "../database.ts";
import { type Route, route, value, values } from "./api.ts";
import { readId } from "./parameters.ts";
import { HttpError } from "./responses.ts";

type Body = Readonly<Record<string, unknown>>;

/** Routes that write. */
export const WRITING: readonly Route[] = [
  route("POST", "/api/tasks", async ({ database, body }) => {
    const { queue_name: queue, task_name: name, params = {}, ...options } = body;
    const [row] = await database.call<{ "task_id": string; created: boolean }>("spawn_task", {
      queue_name: text({ queue_name: queue }, "queue_name"),
      task_name: text({ task_name: name }, "task_name"),
      params: json(params),
      options: json(options),
    });
    return row;
  }),
  route("POST", "/api/tasks/:task_id/cancel", async ({ database, path, body }) => ({
    ...path,
    "status_before": await value(database, "cancel_task", { ...path, reason: reason(body) }, false),
  })),
  route("POST", "/api/tasks/:task_id/retry", async ({ database, path }) => ({
    ...path,
    state: await value(database, "retry_task", path, false),
  })),
  route("POST", "/api/workflows/:workflow_id/cancel", async ({ database, path, body }) => ({
    ...path,
    cancelled: await value(
      database,
      "cancel_workflow",
      { ...path, reason: reason(body) },
      false,
    ),
  })),
  route("POST", "/api/dead-letters/replay", async ({ database, body }) => ({
    replayed: await values(database, "replay_dead_letters", { filter: json(letters(body)) }, false),
  })),
  route("POST", "/api/queues/:queue_name/pause", async ({ database, path }) => {
    await value(database, "pause_queue", path);
    return { ...path, paused: true };
  }),
  route("POST", "/api/queues/:queue_name/resume", async ({ database, path }) => {
    await value(database, "resume_queue", path);
    return { ...path, paused: false };
  }),
];

function letters(body: Body): Body {
  const { task_ids: ids } = body;
  if (ids === undefined) return body;
  if (!Array.isArray(ids)) throw new HttpError(400, "task_ids must be a list of ids of tasks");
  return { ...body, "task_ids": ids.map((id, index) => readId(`task_ids[${index}]`, String(id))) };
}

function text(body: Body, name: string): string {
  const found = body[name];
  if (typeof found === "string" && found !== "") return found;
  throw new HttpError(400, `${name} must be a text`);
}

function reason(body: Body): string | undefined {
  return body.reason === undefined ? undefined : text(body, "reason");
}
