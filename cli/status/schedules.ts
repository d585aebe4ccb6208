/**
 * Schedulers and schedules as `absurd status` shows them.
 *
 * @module
 */

import type { SchedulerInfo, ScheduleState } from "@dsa110/absurd";
import type { CliContext } from "../context.ts";
import { timeText } from "../format.ts";
import { paint, printTable } from "../output.ts";

/** Prints a table of schedulers. */
export async function printSchedulers(
  context: CliContext,
  schedulers: readonly SchedulerInfo[],
): Promise<void> {
  await printTable(
    context,
    ["scheduler", "host", "pid", "started", "heartbeat"],
    schedulers.map(({ live, schedulerId, hostname, pid, startedAt, heartbeatAt }) => [
      live ? schedulerId : paint(context, "stdout", "red", `${schedulerId} (lost)`),
      hostname,
      pid,
      timeText(context, startedAt),
      timeText(context, heartbeatAt),
    ]),
  );
}

/** How many schedules are in which state: `3 active, 1 paused`; empty when there are none. */
export function countStates(schedules: readonly ScheduleState[]): string {
  return Object.entries(Object.groupBy(schedules, ({ state }) => state))
    .map(([state, list]) => `${list.length} ${state}`)
    .join(", ");
}
