/**
 * `absurd init`: the schema in the database.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { type AbsurdClient, type InstallPlan, type InstallResult, schemaSql } from "@dsa110/absurd";
import { databaseOption, withClient } from "./client.ts";
import { examples, gather, jsonOption, newCommand, yesOption } from "./command.ts";
import { confirm } from "./confirm.ts";
import type { CliContext } from "./context.ts";
import { EarlyExit, ExitCode, say, tell } from "./errors.ts";
import { countTasks } from "./format.ts";
import { printable, printJson } from "./output.ts";

/** Makes the command. */
export function initCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "init")
    .description(
      "Installs the schema in the database, or brings it up to date. Running it again changes nothing.",
    )
    .addOption(
      new Option("--check", "say what differs from what would be installed; exit 1 when anything does"),
    )
    .addOption(
      new Option("--dry-run", "say what it would do, and change nothing").conflicts("check"),
    )
    .addOption(
      new Option("--sql", "print the SQL that it would run, and only that; needs no database")
        .conflicts(["check", "dryRun", "reset", "json"]),
    )
    .addOption(
      new Option("--with <extra>", "also install an extra: sky, the catalogue of sources; may be repeated")
        .argParser(gather),
    )
    .option("--roles", "also make the roles absurd_owner, _producer, _worker, _operator and _reader")
    .addOption(new Option("--reset", "first drop the schema with all tasks").conflicts("check"))
    .addOption(yesOption())
    .addOption(jsonOption())
    .addOption(databaseOption())
    .addHelpText(
      "after",
      examples(
        "absurd init",
        "absurd init --with sky --roles",
        "absurd init --dry-run",
        "absurd init --sql > absurd.sql",
      ),
    )
    .action((flags) => init(context, flags));
}

/** Flags of the command, as commander hands them over. */
interface InitFlags {
  check?: true;
  dryRun?: true;
  sql?: true;
  with?: string[];
  roles?: true;
  reset?: true;
  yes?: true;
  json?: true;
  databaseUrl?: string;
}

async function init(context: CliContext, flags: InitFlags): Promise<void> {
  if (flags.sql) {
    return context.stdout.write(`${schemaSql({ with: flags.with, roles: flags.roles }).trimEnd()}\n`);
  }
  const act = flags.check ? check : flags.dryRun ? plan : install;
  const mayCreate = act === install;
  await withClient(context, { ...flags, mayCreate }, (client) => act(context, client, flags));
}

async function check(context: CliContext, client: AbsurdClient, flags: InitFlags): Promise<void> {
  const differences = await client.checkSchema();
  if (flags.json) printJson(context, { differences });
  else for (const difference of differences) context.stdout.write(`${printable(difference)}\n`);
  if (differences.length > 0) throw new EarlyExit(ExitCode.failed);
  tell(context, "The schema is as it should be");
}

async function plan(context: CliContext, client: AbsurdClient, flags: InitFlags): Promise<void> {
  const { reset, roles } = flags;
  const planned = await client.planInstallation({ with: flags.with, roles, reset });
  if (flags.json) printJson(context, planned);
  else for (const line of describePlan(planned)) context.stdout.write(`${printable(line)}\n`);
  tell(context, "Nothing was changed");
}

function describePlan(planned: InstallPlan): string[] {
  const {
    installedVersion,
    version,
    created,
    applied,
    functionsDiffer,
    roles,
    extras,
    droppedTasks,
    mended,
    unmended,
  } = planned;
  const list = (what: string, names: readonly string[]) =>
    names.length > 0 ? [`${what} ${names.join(", ")}`] : [];
  return [
    ...(droppedTasks === null
      ? []
      : [`drop the schema absurd, version ${installedVersion}, with ${countTasks(droppedTasks)}`]),
    created
      ? `install the schema absurd, version ${version}`
      : installedVersion === version
      ? `keep the schema absurd at version ${version}`
      : `bring the schema absurd from version ${installedVersion} to ${version}`,
    ...list("run the migrations", applied),
    `apply functions, comments and privileges anew: ${
      created
        ? "none are there"
        : functionsDiffer
        ? "they are those of another version"
        : "they are of this version"
    }`,
    ...list("put right what was altered by hand:", mended),
    ...unmended.map(({ problem, remedy }) => `not mend this: ${problem}. To be done by hand: ${remedy}`),
    ...list("make the roles", roles),
    ...list("install or bring up to date the extras", extras),
  ];
}

async function install(context: CliContext, client: AbsurdClient, flags: InitFlags): Promise<void> {
  const { reset, roles } = flags;
  if (reset) await confirm(context, "This drops the schema absurd with all tasks.", flags);
  const installed = await client.installSchema({ with: flags.with, roles, reset });
  const { version, created, unmended } = installed;
  const done = created ? "Installed" : "Checked";
  const changes = created ? "" : `: ${describeChanges(installed)}`;
  tell(context, `${done} the schema absurd, version ${version}${changes}`);
  if (flags.json) printJson(context, installed);
  for (const { problem, remedy } of unmended) {
    say(context, "error", `${problem}, which init does not mend`);
    say(context, "hint", remedy);
  }
  if (unmended.length > 0) throw new EarlyExit(ExitCode.failed);
}

function describeChanges({ applied, added, functionsDiffered, mended, unmended }: InstallResult): string {
  const changes = [
    ...(applied.length > 0 ? [`applied ${applied.join(", ")}`] : []),
    ...(added.length > 0 ? [`added ${added.join(", ")}`] : []),
    ...(functionsDiffered ? ["replaced functions, comments and privileges of another version"] : []),
    ...(mended.length > 0 ? [`put right what was altered by hand: ${mended.join(", ")}`] : []),
  ];
  if (changes.length > 0) return changes.join("; ");
  return unmended.length > 0 ? "it is not as it was installed" : "it was up to date";
}
