/**
 * `absurd status`: the state of everything at a glance.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { AbsurdError, InvalidArgumentError } from "@dsa110/absurd";
import { databaseOption, withClient } from "./client.ts";
import { examples, jsonOption, newCommand } from "./command.ts";
import type { CliContext } from "./context.ts";
import { EarlyExit } from "./errors.ts";
import { paint, printable, printHeading, printJson } from "./output.ts";
import { printQueues } from "./queue/table.ts";
import { countStates, printSchedulers } from "./status/schedules.ts";
import { assess, type Health, HEALTH_EXIT_CODES } from "./status/health.ts";
import { readStatus, type Status } from "./status/read.ts";
import { printWorkers } from "./worker/table.ts";

/** Makes the command. */
export function statusCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "status")
    .description("Shows the schema's version, queues, workers, schedules and dead letters.")
    .option("--queue <name>", "only this queue")
    .option(
      "--check",
      "print one line for a monitoring system; exit 0 ok, 1 warning, 2 critical, 3 wrong usage",
    )
    .addOption(jsonOption())
    .addOption(databaseOption())
    .addHelpText("after", examples("absurd status", "absurd status --json", "absurd status --check"))
    .action((flags) => flags.check ? check(context, flags) : show(context, flags));
}

/** Flags of the command, as commander hands them over. */
interface StatusFlags {
  queue?: string;
  json?: true;
  databaseUrl?: string;
}

async function show(context: CliContext, flags: StatusFlags): Promise<void> {
  const status = await read(context, flags);
  if (flags.json) printJson(context, { ...status, health: assess(status) });
  else await printStatus(context, status);
}

async function check(context: CliContext, flags: StatusFlags): Promise<void> {
  const health = await readHealth(context, flags);
  if (flags.json) printJson(context, health);
  else {context.stdout.write(
      `${[health.level.toUpperCase(), ...health.problems].map(printable).join("; ")}\n`,
    );}
  throw new EarlyExit(HEALTH_EXIT_CODES[health.level]);
}

/** A database that cannot be used is critical; a setting that cannot be used is wrong usage. */
async function readHealth(context: CliContext, flags: StatusFlags): Promise<Health> {
  try {
    return assess(await read(context, flags));
  } catch (error) {
    if (!(error instanceof AbsurdError) || error instanceof InvalidArgumentError) throw error;
    return { level: "critical", problems: [error.message] };
  }
}

function read(context: CliContext, { queue, databaseUrl }: StatusFlags): Promise<Status> {
  return withClient(context, { databaseUrl }, (client) => readStatus(client, queue));
}

async function printStatus(context: CliContext, status: Status): Promise<void> {
  const { level, problems } = assess(status);
  const style = level === "ok" ? "green" : level === "warning" ? "yellow" : "red";
  context.stdout.write(`${paint(context, "stdout", style, level)}  schema version ${status.schemaVersion}\n`);
  for (const problem of problems) context.stdout.write(`  ${printable(problem)}\n`);
  printHeading(context, "Queues");
  if (status.queues.length > 0) await printQueues(context, status.queues);
  else context.stdout.write("none yet\n");
  printHeading(context, "Workers");
  if (status.workers.length > 0) await printWorkers(context, status.workers);
  else context.stdout.write("none\n");
  printHeading(context, "Schedulers");
  if (status.schedulers.length > 0) await printSchedulers(context, status.schedulers);
  else context.stdout.write("none\n");
  printHeading(context, "Schedules");
  context.stdout.write(`${countStates(status.schedules) || "none"}\n`);
  printHeading(context, "Dead letters");
  context.stdout.write(`${status.deadLetters || "none"}\n`);
}
