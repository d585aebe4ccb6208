/**
 * What the API changes.
 *
 * @module
 */

import { json } from "../database.ts";
import { type Route, route, value, values } from "./api.ts";
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
  route("POST", "/api/tasks/:id/cancel", async ({ database, path, body }) => ({
    "task_id": path.id,
    "status_before": await value(database, "cancel_task", { task_id: path.id, reason: reason(body) }, false),
  })),
  route("POST", "/api/tasks/:id/retry", async ({ database, path }) => ({
    "task_id": path.id,
    state: await value(database, "retry_task", { task_id: path.id }, false),
  })),
  route("POST", "/api/workflows/:id/cancel", async ({ database, path, body }) => ({
    "workflow_id": path.id,
    cancelled: await value(
      database,
      "cancel_workflow",
      { workflow_id: path.id, reason: reason(body) },
      false,
    ),
  })),
  route("POST", "/api/dead-letters/replay", async ({ database, body }) => ({
    replayed: await values(database, "replay_dead_letters", { filter: json(body) }, false),
  })),
  route("POST", "/api/queues/:name/pause", async ({ database, path }) => {
    const name = decodeURIComponent(path.name);
    await value(database, "pause_queue", { queue_name: name });
    return { "queue_name": name, paused: true };
  }),
  route("POST", "/api/queues/:name/resume", async ({ database, path }) => {
    const name = decodeURIComponent(path.name);
    await value(database, "resume_queue", { queue_name: name });
    return { "queue_name": name, paused: false };
  }),
];

function text(body: Body, name: string): string {
  const found = body[name];
  if (typeof found === "string" && found !== "") return found;
  throw new HttpError(400, `${name} must be a text`);
}

function reason(body: Body): string | undefined {
  return body.reason === undefined ? undefined : text(body, "reason");
}
