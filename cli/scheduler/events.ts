/**
 * What a scheduler does, as lines.
 *
 * @module
 */

import type { ScheduleRun } from "@dsa110/absurd";
import type { SchedulerEvent } from "@dsa110/absurd/scheduler";
import { duration } from "../format.ts";
import { runResult } from "./table.ts";

/**
 * An event as a line: time, what happened, and more about it.
 *
 * @param time When it happened.
 */
export function eventLine(event: SchedulerEvent, time: Date): string {
  return `${time.toISOString()} ${eventText(event)}`;
}

function eventText(event: SchedulerEvent): string {
  switch (event.type) {
    case "started":
      return `started ${event.schedulerId}`;
    case "fired":
      return firedText(event.run);
    case "recovered":
      return `recovered ${event.count} claims of workers that do not answer`;
    case "disconnected":
    case "warning":
      return `${event.type}: ${event.message}${event.hint ? `; ${event.hint}` : ""}`;
    case "reconnected":
      return `reconnected after ${duration(event.awaySec * 1000)}`;
    case "stopping":
      return "stopping";
    case "stopped":
      return `stopped: ${
        Object.entries(event.summary).map(([outcome, count]) => `${count} ${outcome}`).join(", ")
      }`;
  }
}

function firedText(run: ScheduleRun): string {
  const result = runResult(run);
  return [
    `${run.outcome} ${run.scheduleName}`,
    `due ${run.dueAt?.toISOString()}`,
    ...result ? [result] : [],
    ...run.reason ? [run.reason] : [],
  ].join(": ");
}
