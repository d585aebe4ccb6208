/**
 * `absurd scheduler add`.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { parseDuration, type Schedule, type ScheduleDefinition } from "@dsa110/absurd";
import { findChain } from "../chain/find.ts";
import {
  databaseOption,
  durationText,
  maxRetriesOption,
  queueOption,
  settingOption,
  timeLimitOption,
  variablesHelp,
  withClient,
} from "../client.ts";
import { examples, jsonOption, newCommand, wholeNumber } from "../command.ts";
import type { CliContext } from "../context.ts";
import { tell, UsageError } from "../errors.ts";
import { timeText } from "../format.ts";
import { printJson } from "../output.ts";
import { paramOption, paramsOption, readParams } from "../params.ts";
import { scheduleTarget } from "./table.ts";
import { parseTime, zonedText } from "./times.ts";

/** Makes the command. */
export function schedulerAddCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "add")
    .description("Adds a schedule that spawns a task or a chain, and says when it is due first.")
    .argument("<name>", "name of the schedule")
    .option("--cron <expression>", 'when: "0 3 * * *", "*/30 * * * * *" (with seconds), "@hourly", …')
    .option("--tz <zone>", "clock of which zone, such as Europe/Berlin (default: UTC)")
    .addOption(new Option("--task <name>", "task to spawn").conflicts("chain"))
    .option("--chain <chain>", "chain to spawn, as it is now: a name, or a JSON file")
    .addOption(paramsOption())
    .addOption(paramOption())
    .addOption(queueOption())
    .addOption(
      new Option(
        "--missed <policy>",
        "due times that passed without a scheduler: skip, run once or run all (default: once)",
      ).choices(["skip", "once", "all"]),
    )
    .addOption(
      new Option("--missed-limit <n>", "with --missed all: the newest so many (default: 100)")
        .argParser(wholeNumber({ min: 1, max: 1000 })),
    )
    .addOption(
      new Option("--grace <duration>", "with --missed skip: how late it may still run (default: 60s)")
        .argParser(durationText),
    )
    .addOption(
      new Option(
        "--overlap <policy>",
        "while a run is unfinished: allow another, or skip (default: allow)",
      )
        .choices(["allow", "skip"]),
    )
    .addOption(
      new Option("--jitter <duration>", "run within this time after each due time, at a moment of its own")
        .argParser(durationText),
    )
    .option("--start <time>", "not due before, such as 2026-10-25T06:00 (in --tz) or 2026-10-25T06:00Z")
    .option("--end <time>", "not due after")
    .addOption(new Option("--priority <n>", "higher is claimed first (default: 0)").argParser(wholeNumber()))
    .addOption(maxRetriesOption())
    .addOption(timeLimitOption())
    .option("--description <text>", "what it is for")
    .option(
      "--replace",
      "change a schedule of the same name: what is not named stays, and so does its history",
    )
    .addOption(settingOption("--stages <file>", "ABSURD_STAGES"))
    .addOption(jsonOption())
    .addOption(databaseOption())
    .addHelpText("after", variablesHelp("ABSURD_DLQ_ENABLED"))
    .addHelpText("after", EXAMPLES)
    .action((name, flags) => add(context, name, flags));
}

const EXAMPLES = `${
  examples(
    "absurd scheduler add nightly --cron '0 3 * * *' --tz America/Los_Angeles --chain standard -P input=/data/x.uvh5",
    "absurd scheduler add sweep --cron '*/15 * * * *' --task sweep -P at={due_at} --overlap skip",
  )
}

In params, {due_at} stands for the due time in UTC, such as 2026-10-25T10:00:00Z.`;

/** Flags of the command, as commander hands them over. */
interface AddFlags {
  cron?: string;
  tz?: string;
  task?: string;
  chain?: string;
  params?: string;
  param?: string[];
  queue?: string;
  missed?: "skip" | "once" | "all";
  missedLimit?: number;
  grace?: string;
  overlap?: "allow" | "skip";
  jitter?: string;
  start?: string;
  end?: string;
  priority?: number;
  maxRetries?: number;
  timeout?: string;
  description?: string;
  replace?: true;
  stages?: string;
  json?: true;
  databaseUrl?: string;
}

async function add(context: CliContext, name: string, flags: AddFlags): Promise<void> {
  const schedule = await withClient(context, flags, async (client) => {
    const before = flags.replace ? await client.getSchedule(name) : null;
    const definition = await readDefinition(context, name, { flags, before });
    return await client.saveSchedule(definition, flags);
  });
  tell(context, `Saved schedule ${name} of ${scheduleTarget(schedule)}: ${nextText(context, schedule)}`);
  if (flags.json) printJson(context, schedule);
}

/** Flags go over what the schedule was before, if it is replaced. */
async function readDefinition(
  context: CliContext,
  name: string,
  { flags, before }: { flags: AddFlags; before: Schedule | null },
): Promise<ScheduleDefinition> {
  const cronExpression = flags.cron ?? before?.cronExpression;
  if (cronExpression === undefined) {
    throw new UsageError(`Nothing says when schedule ${name} is due`, "Give --cron EXPRESSION");
  }
  const timezone = flags.tz ?? before?.timezone ?? "UTC";
  const given: Partial<ScheduleDefinition> = {
    ...await readTarget(context, flags, before),
    params: before && !flags.params && !flags.param ? undefined : await readParams(context, flags),
    queueName: flags.queue,
    description: flags.description,
    missed: flags.missed,
    missedLimit: flags.missedLimit,
    graceSec: seconds(flags.grace),
    overlap: flags.overlap,
    jitterSec: seconds(flags.jitter),
    startsAt: flags.start === undefined ? undefined : await parseTime("--start", flags.start, timezone),
    endsAt: flags.end === undefined ? undefined : await parseTime("--end", flags.end, timezone),
    priority: flags.priority,
    maxRetries: flags.maxRetries,
    timeoutSec: seconds(flags.timeout),
  };
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...(before && rulesOf(before)), ...named, name, cronExpression, timezone };
}

/** What it spawns: what the flags name, else what it spawned before. */
async function readTarget(
  context: CliContext,
  flags: AddFlags,
  before: Schedule | null,
): Promise<Pick<ScheduleDefinition, "taskName" | "chain">> {
  if (flags.task !== undefined) return { taskName: flags.task };
  if (flags.chain !== undefined) return { chain: await findChain(context, flags.chain, flags) };
  if (before?.taskName) return { taskName: before.taskName };
  if (before?.chain) {
    const { name, steps } = before.chain;
    return { chain: { name, steps: steps.map(({ taskName, ...step }) => ({ ...step, task: taskName })) } };
  }
  throw new UsageError("A schedule spawns a task or a chain", "Give --task NAME or --chain NAME");
}

/** What of a schedule can be said when it is added, but for what it spawns and when. */
function rulesOf(schedule: Schedule): Partial<ScheduleDefinition> {
  const { params, queueName, description, missed, missedLimit, graceSec, overlap, jitterSec } = schedule;
  const { startsAt, endsAt, priority, maxRetries, timeoutSec, backoffBaseSec, backoffCapSec, dlqEnabled } =
    schedule;
  return {
    params,
    queueName,
    description,
    missed,
    missedLimit,
    graceSec,
    overlap,
    jitterSec,
    startsAt,
    endsAt,
    priority,
    maxRetries,
    timeoutSec,
    backoffBaseSec,
    backoffCapSec,
    dlqEnabled,
  };
}

function seconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : parseDuration(duration);
}

/** When a schedule runs next, in words. */
export function nextText(context: CliContext, { state, nextRunAt, timezone }: Schedule): string {
  if (!nextRunAt) return `it is ${state}`;
  return `next run ${zonedText(nextRunAt, timezone)}, ${timeText(context, nextRunAt)}`;
}
