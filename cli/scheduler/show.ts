/**
 * `absurd scheduler show`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Schedule } from "@dsa110/absurd";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand, timeOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { duration, timeText } from "../format.ts";
import { printable, printFields, printHeading, printJson } from "../output.ts";
import { findSchedule } from "./find.ts";
import { printRuns, scheduleTarget, stateText } from "./table.ts";
import { utcText, zonedText } from "./times.ts";

const RUNS_SHOWN = 5;

/** Makes the command. */
export function schedulerShowCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "show")
    .description("Shows a schedule and its latest runs.")
    .argument("<name>", "name of the schedule")
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((name, flags) =>
      withClient(context, flags, async (client) => {
        const schedule = await findSchedule(client, name);
        const runs = await client.listScheduleRuns(name, { limit: RUNS_SHOWN });
        if (flags.json) return printJson(context, { ...schedule, runs });
        printSchedule(context, schedule);
        if (runs.length === 0) return;
        printHeading(context, "Runs");
        await printRuns(context, runs, schedule.timezone);
      })
    );
}

function printSchedule(context: CliContext, schedule: Schedule): void {
  const { timezone, nextDueAt, nextRunAt } = schedule;
  printFields(context, [
    ["schedule", schedule.name],
    ["description", schedule.description && printable(schedule.description)],
    ["state", stateText(context, schedule)],
    ["error", schedule.error && printable(schedule.error)],
    ["cron", schedule.cronExpression],
    ["zone", timezone],
    ["due", nextDueAt && `${zonedText(nextDueAt, timezone)} = ${utcText(nextDueAt)}`],
    ["runs", timeText(context, nextRunAt)],
    ["starts", schedule.startsAt && zonedText(schedule.startsAt, timezone)],
    ["ends", schedule.endsAt && zonedText(schedule.endsAt, timezone)],
    ["spawns", scheduleTarget(schedule)],
    ["steps", schedule.chain?.steps.map(({ name }) => name).join(" → ")],
    ["queue", schedule.queueName],
    ["params", JSON.stringify(schedule.params)],
    ["missed", missedText(schedule)],
    ["overlap", schedule.overlap],
    [
      "jitter",
      schedule.jitterSec > 0 ? `${duration(schedule.offsetSec * 1000)} after each due time` : null,
    ],
    ["priority", schedule.priority],
    ["retries", schedule.maxRetries],
    ["timeout", schedule.timeoutSec ? duration(schedule.timeoutSec * 1000) : null],
    ["from", schedule.synced ? "a manifest" : "scheduler add"],
  ]);
}

function missedText({ missed, missedLimit, graceSec }: Schedule): string {
  if (missed === "all") return `all, up to ${missedLimit}`;
  return missed === "skip" ? `skip, when later than ${duration(graceSec * 1000)}` : missed;
}
