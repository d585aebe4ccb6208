/**
 * Schedules and their history as tables.
 *
 * @module
 */

import type { Schedule, ScheduleRun } from "@dsa110/absurd";
import type { CliContext } from "../context.ts";
import { ellipsis, timeText } from "../format.ts";
import { paint, printable, printTable } from "../output.ts";
import { zonedText } from "./times.ts";

const REASON_LENGTH = 70;

/** What a schedule spawns, in words. */
export function scheduleTarget({ taskName, chain }: Schedule): string {
  return chain ? `chain ${chain.name}` : `task ${taskName}`;
}

/** What a run spawned, in words; undefined when it spawned nothing. */
export function runResult({ taskId, workflowId }: ScheduleRun): string | undefined {
  if (workflowId) return `workflow ${workflowId}`;
  return taskId ? `task ${taskId}` : undefined;
}

/** Prints a table of schedules; what is wrong with one is told below it. */
export async function printSchedules(context: CliContext, schedules: readonly Schedule[]): Promise<void> {
  await printTable(
    context,
    ["schedule", "cron", "zone", "spawns", "queue", "state", "next run", "last run"],
    schedules.map((schedule) => [
      schedule.name,
      schedule.cronExpression,
      schedule.timezone,
      scheduleTarget(schedule),
      schedule.queueName,
      stateText(context, schedule),
      schedule.nextRunAt
        ? `${zonedText(schedule.nextRunAt, schedule.timezone)} (${timeText(context, schedule.nextRunAt)})`
        : null,
      schedule.lastRun ? lastRunText(context, schedule.lastRun) : null,
    ]),
  );
  for (const { name, error } of schedules) {
    if (error !== null) {
      const label = paint(context, "stdout", "red", `${name} is paused:`);
      context.stdout.write(`${label} ${printable(error)}\n`);
    }
  }
}

/** The state of a schedule in its colour; an error shows. */
export function stateText(context: CliContext, { state, error }: Schedule): string {
  if (error !== null) return paint(context, "stdout", "red", `${state} (error)`);
  const style = state === "active" ? "green" : state === "paused" ? "yellow" : "gray";
  return paint(context, "stdout", style, state);
}

function lastRunText(context: CliContext, { outcome, status, firedAt }: ScheduleRun): string {
  return `${outcome === "spawned" ? status ?? "gone" : outcome}, ${timeText(context, firedAt)}`;
}

/** Prints a table of the history of one schedule. */
export async function printRuns(
  context: CliContext,
  runs: readonly ScheduleRun[],
  timezone: string,
): Promise<void> {
  await printTable(
    context,
    ["due", "fired", "outcome", "spawned", "status", "missed", "reason"],
    runs.map((run) => [
      run.dueAt ? zonedText(run.dueAt, timezone) : "by hand",
      timeText(context, run.firedAt),
      outcomeText(context, run),
      runResult(run),
      run.status,
      run.missedCount || null,
      run.reason ? ellipsis(printable(run.reason), REASON_LENGTH) : null,
    ]),
  );
}

function outcomeText(context: CliContext, { outcome }: ScheduleRun): string {
  const style = { spawned: "green", skipped: "yellow", failed: "red" } as const;
  return paint(context, "stdout", style[outcome], outcome);
}
