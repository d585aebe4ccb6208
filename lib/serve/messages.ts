/**
 * Events as messages to WebSocket clients, in the shapes that dashboards of the original know.
 *
 * @module
 */

import type { EventDocument } from "../events/log.ts";

/** Statistics of a queue, as `get_queue_stats` tells them. */
export type QueueStatsDocument = Readonly<Record<string, unknown>> & { readonly "queue_name": string };

/**
 * The message about an event.
 *
 * @param event As the database tells it.
 */
export function eventMessage(event: EventDocument): Readonly<Record<string, unknown>> {
  const { cursor, kind, queue_name, task_id, task_name, workflow_id, attempt, status, created_at, detail } =
    event;
  if (kind === "workflow") {
    return {
      type: "workflow_update",
      cursor,
      queue_name,
      workflow_id,
      update: { status, at: created_at, ...detail },
    };
  }
  const update = kind === "progress"
    ? { status, at: created_at, attempt, progress: detail }
    : { status, at: created_at, attempt, ...detail };
  return { type: "task_update", cursor, queue_name, task_id, task_name, workflow_id, update };
}

/** The message about a queue's numbers. */
export function statsMessage(stats: QueueStatsDocument, cursor: string): Readonly<Record<string, unknown>> {
  return { type: "queue_stats_update", cursor, queue_name: stats.queue_name, stats };
}
