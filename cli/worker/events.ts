/**
 * What a worker does, as lines.
 *
 * @module
 */

import type { WorkerEvent } from "@dsa110/absurd/worker";
import { duration, progressText } from "../format.ts";

/** An event that is about one attempt of a task. */
type AttemptEvent = Extract<WorkerEvent, { taskId: string }>;

/**
 * An event as a line: time, what happened, to which task, and more about it.
 *
 * @param time When it happened.
 */
export function eventLine(event: WorkerEvent, time: Date): string {
  return `${time.toISOString()} ${"taskId" in event ? attemptText(event) : workerText(event)}`;
}

function attemptText(event: AttemptEvent): string {
  return `${event.type} ${event.taskName} ${event.taskId} attempt ${event.attempt}${attemptDetail(event)}`;
}

function attemptDetail(event: AttemptEvent): string {
  switch (event.type) {
    case "progress":
      return `: ${progressText(event)}`;
    case "completed":
      return ` in ${duration(event.durationMs)}`;
    case "failed":
    case "postponed":
      return `: ${event.message}${event.retryAt ? `; next attempt at ${event.retryAt.toISOString()}` : ""}`;
    case "lost":
      return `: ${event.message}`;
    default:
      return "";
  }
}

function workerText(event: Exclude<WorkerEvent, AttemptEvent>): string {
  switch (event.type) {
    case "started":
      return `started ${event.workerId}: queues ${event.queueNames.join(", ")}; ${tasksText(event)}`;
    case "disconnected":
    case "warning":
      return `${event.type}: ${event.message}${event.hint ? `; ${event.hint}` : ""}`;
    case "waiting":
      return `waiting for ${event.rest}`;
    case "reconnected":
      return `reconnected after ${duration(event.awaySec * 1000)}`;
    case "stopping":
      return event.running === 0
        ? "stopping"
        : `stopping: waits for ${event.running} running ${event.running === 1 ? "task" : "tasks"}`;
    case "stopped":
      return `stopped: ${
        Object.entries(event.summary).map(([outcome, count]) => `${count} ${outcome}`).join(", ")
      }`;
  }
}

function tasksText(
  { taskNames, concurrency }: { taskNames: readonly string[] | null; concurrency: number },
): string {
  return `${taskNames ? taskNames.join(", ") : "all tasks"}; ${concurrency} at a time`;
}
