/**
 * `absurd scheduler sync`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { AbsurdClient, AbsurdConfig } from "@dsa110/absurd";
import type { ScheduleChange } from "@dsa110/absurd/scheduler";
import { databaseOption, queueOption, variablesHelp, withClient } from "../client.ts";
import { examples, jsonOption, newCommand, yesOption } from "../command.ts";
import { confirm } from "../confirm.ts";
import { type CliContext, userPath } from "../context.ts";
import { tell, UsageError } from "../errors.ts";
import { paint, printable, printJson } from "../output.ts";
import { readUserFile } from "../params.ts";
import { userManifestPath } from "../stages.ts";
import { nextText } from "./add.ts";

/** Makes the command. */
export function schedulerSyncCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "sync")
    .description(
      "Makes the database have the schedules of a manifest, after showing what differs. Schedules that an earlier " +
        "sync brought and that stand there no more are removed; those added by hand stay.",
    )
    .argument("[file]", "manifest with schedules (default: by ABSURD_STAGES, else ./absurd.json)")
    .option("--dry-run", "only show what differs")
    .option("--keep", "remove nothing")
    .addOption(queueOption())
    .addOption(yesOption())
    .addOption(jsonOption())
    .addOption(databaseOption())
    .addHelpText("after", variablesHelp("ABSURD_DLQ_ENABLED"))
    .addHelpText(
      "after",
      examples("absurd scheduler sync --dry-run", "absurd scheduler sync ./absurd.json --yes"),
    )
    .action((file, flags) => sync(context, file, flags));
}

/** Flags of the command, as commander hands them over. */
interface SyncFlags {
  dryRun?: true;
  keep?: true;
  queue?: string;
  yes?: true;
  json?: true;
  databaseUrl?: string;
}

async function sync(context: CliContext, file: string | undefined, flags: SyncFlags): Promise<void> {
  // reading it says what is wrong with a file that is named, which loading would put down to a setting
  if (file !== undefined) await readUserFile(context, file);
  const path = file === undefined ? await userManifestPath(context, {}) : userPath(context, file);
  if (path === undefined) {
    throw new UsageError(
      "There is no manifest to take schedules from",
      "Name one, or stand beside an absurd.json",
    );
  }
  await withClient(context, flags, async (client, config) => {
    const changes = await findChanges(client, config, { path, keep: flags.keep });
    if (flags.json) printJson(context, changes.map(namedAsInDatabase));
    else for (const change of changes) printChange(context, change);
    if (changes.length === 0) return tell(context, `The schedules of the database are those of ${path}`);
    if (flags.dryRun) return tell(context, `Nothing was changed: ${changes.length} would be`);
    const count = changes.length === 1 ? "1 schedule" : `${changes.length} schedules`;
    await confirm(context, `This changes ${count}.`, flags);
    for (const change of changes) await apply(context, client, change);
  });
}

async function findChanges(
  client: AbsurdClient,
  config: AbsurdConfig,
  { path, keep }: { path: string; keep?: true },
): Promise<ScheduleChange[]> {
  const { compareSchedules, loadSchedules } = await import("@dsa110/absurd/scheduler");
  const schedules = await loadSchedules(path);
  const { queueName, dlqEnabled } = config;
  const changes = compareSchedules(schedules, await client.listSchedules(), { queueName, dlqEnabled });
  return changes.filter(({ action }) => !keep || action !== "remove");
}

/** Fields by the names that documents have. */
function namedAsInDatabase(change: ScheduleChange): ScheduleChange {
  if (change.action !== "change") return change;
  const differences = change.differences.map((each) => ({ ...each, field: columnName(each.field) }));
  return { ...change, differences };
}

function columnName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function printChange(context: CliContext, change: ScheduleChange): void {
  const write = (style: "green" | "yellow" | "red", text: string) =>
    context.stdout.write(`${paint(context, "stdout", style, printable(text))}\n`);
  if (change.action === "remove") return write("red", `- ${change.name}`);
  const { name, definition } = change;
  if (change.action === "add") {
    const { cronExpression, timezone = "UTC", taskName, chain } = definition;
    const target = chain ? `chain ${chain.name}` : `task ${taskName}`;
    return write("green", `+ ${name}: ${cronExpression} (${timezone}) ${target}`);
  }
  for (const { field, before, after } of change.differences) {
    write("yellow", `~ ${name}: ${columnName(field)} ${JSON.stringify(before)} → ${JSON.stringify(after)}`);
  }
}

async function apply(context: CliContext, client: AbsurdClient, change: ScheduleChange): Promise<void> {
  if (change.action === "remove") {
    await client.removeSchedule(change.name);
    return tell(context, `Removed schedule ${change.name}`);
  }
  const schedule = await client.saveSchedule(change.definition, { replace: change.action === "change" });
  tell(context, `Saved schedule ${change.name}: ${nextText(context, schedule)}`);
}
