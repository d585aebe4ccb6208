/**
 * `absurd scheduler next`.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { Timetable } from "@dsa110/absurd/scheduler";
import { databaseOption, withClient } from "../client.ts";
import { examples, jsonlOption, jsonOption, newCommand, wholeNumber } from "../command.ts";
import type { CliContext } from "../context.ts";
import { say, tell, UsageError } from "../errors.ts";
import { type OutputFlags, printRows, printTable } from "../output.ts";
import { findSchedule } from "./find.ts";
import { parseTime, utcText, zonedText } from "./times.ts";

/** Makes the command. */
export function schedulerNextCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "next")
    .description("Shows when a schedule, or an expression, is due next: in its zone and in UTC.")
    .argument("[name]", "name of the schedule; none with --cron")
    .addOption(
      new Option("-n, --count <n>", "how many times").argParser(wholeNumber({ min: 1, max: 10_000 })).default(
        5,
      ),
    )
    .option("--at <time>", "as seen from this moment, such as 2026-10-25T00:00Z (default: now)")
    .option("--cron <expression>", "an expression that is no schedule yet")
    .option("--tz <zone>", "with --cron: clock of which zone (default: UTC)")
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .addHelpText(
      "after",
      examples(
        "absurd scheduler next nightly -n 10",
        "absurd scheduler next --cron '30 2 * * *' --tz Europe/Berlin --at 2026-10-24T12:00Z",
      ),
    )
    .action((name, flags) => showNext(context, name, flags));
}

/** Flags of the command, as commander hands them over. */
interface NextFlags extends OutputFlags {
  count: number;
  at?: string;
  cron?: string;
  tz?: string;
  databaseUrl?: string;
}

/** What times are to be shown of. */
interface Preview {
  readonly timetable: Timetable;
  readonly timezone: string;
  /** Seconds between due time and run. */
  readonly offsetSec: number;
  /** Times after this one are shown. */
  readonly after: Date;
}

async function showNext(context: CliContext, name: string | undefined, flags: NextFlags): Promise<void> {
  if ((name === undefined) === (flags.cron === undefined)) {
    throw new UsageError("Give the name of a schedule, or an expression with --cron");
  }
  if (name !== undefined && flags.tz !== undefined) {
    throw new UsageError("--tz goes with --cron: a schedule has its own zone");
  }
  const preview = name === undefined
    ? await previewExpression(flags)
    : await previewSchedule(context, name, flags);
  await printTimes(context, preview, flags);
}

async function previewExpression({ cron = "", tz: timezone = "UTC", at }: NextFlags): Promise<Preview> {
  const { Timetable } = await import("@dsa110/absurd/scheduler");
  const after = at === undefined ? new Date() : await parseTime("--at", at, timezone);
  const timetable = new Timetable({ cronExpression: cron, timezone });
  timetable.require(after);
  return { timetable, timezone, offsetSec: 0, after };
}

function previewSchedule(
  context: CliContext,
  name: string,
  { at, databaseUrl }: NextFlags,
): Promise<Preview> {
  return withClient(context, { databaseUrl }, async (client) => {
    const { Timetable } = await import("@dsa110/absurd/scheduler");
    const schedule = await findSchedule(client, name);
    if (schedule.state === "paused") say(context, "warning", `Schedule ${name} is paused: it will not run`);
    const { timezone, offsetSec } = schedule;
    return {
      timetable: new Timetable(schedule),
      timezone,
      offsetSec,
      after: at === undefined ? await client.databaseTime() : await parseTime("--at", at, timezone),
    };
  });
}

async function printTimes(context: CliContext, preview: Preview, flags: NextFlags): Promise<void> {
  const { timetable, timezone, offsetSec, after } = preview;
  const rows = timetable.list(after, flags.count).map((dueAt) => ({
    dueAt,
    runAt: new Date(dueAt.getTime() + offsetSec * 1000),
    zoned: Temporal.Instant.fromEpochMilliseconds(dueAt.getTime()).toZonedDateTimeISO(timezone).toString(),
  }));
  await printRows(context, rows, flags, async () => {
    await printTable(
      context,
      [timezone === "UTC" ? "due" : `due in ${timezone}`, "UTC"],
      rows.map(({ dueAt }) => [zonedText(dueAt, timezone), utcText(dueAt)]),
    );
    if (offsetSec > 0) tell(context, `It runs ${offsetSec} s after each due time, because of its jitter`);
    if (rows.length < flags.count) tell(context, "There are no further due times");
  });
}
