/**
 * `absurd status`: the state of everything at a glance.
 *
 * @module
 */

import {
  type Command,
  type CommandUnknownOpts,
  Option,
  type OptionValues,
} from "@commander-js/extra-typings";
import { AbsurdError, InvalidArgumentError, parseDuration } from "@dsa110/absurd";
import { databaseOption, durationText, withClient } from "./client.ts";
import { examples, jsonlOption, jsonOption, newCommand, timeOption } from "./command.ts";
import type { CliContext } from "./context.ts";
import { EarlyExit, UsageError } from "./errors.ts";
import { type OutputFlags, printable, printJson, printJsonLine } from "./output.ts";
import { type Health, HEALTH_EXIT_CODES } from "./status/health.ts";
import { printStatus } from "./status/print.ts";
import { observe, type StatusDocument, statusDocument } from "./status/read.ts";
import { readThresholds, type ThresholdFlags, thresholdOptions } from "./status/thresholds.ts";
import { watchStatus } from "./status/watch.ts";

const INTERVAL = "2s";
const MIN_INTERVAL_SEC = 0.1;

/** Makes the command. */
export function statusCommand(context: CliContext): CommandUnknownOpts {
  const command = newCommand(context, "status")
    .description(
      "Shows health, queues by state, rates, workers and what they run, schedulers, dead letters and last errors.",
    )
    .option("--queue <name>", "only this queue")
    .addOption(
      new Option("--watch [interval]", `show it again and again, every ${INTERVAL}`)
        .preset(INTERVAL).argParser(durationText),
    )
    .addOption(
      new Option(
        "--check",
        "print one line for a monitoring system; exit 0 ok, 1 warning, 2 critical or no database, 3 wrong usage",
      ).conflicts("watch"),
    );
  return addThresholds(command)
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .addHelpText("after", EXAMPLES)
    .action((flags) => status(context, { ...flags, watch: flags.watch as string | undefined }));
}

const EXAMPLES = examples(
  "absurd status",
  "absurd status --watch 5s --queue dsa110-pipeline",
  "absurd status --check --max-age 30m,2h --max-dead-letters 10,50",
);

// deno-lint-ignore no-explicit-any -- as commander's own types have it
function addThresholds<Args extends any[], Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<Args, Options & ThresholdFlags> {
  for (const option of thresholdOptions()) command.addOption(option);
  return command as unknown as Command<Args, Options & ThresholdFlags>;
}

/** Flags of the command, as commander hands them over. */
interface StatusFlags extends ThresholdFlags, OutputFlags {
  queue?: string;
  watch?: string;
  check?: true;
  databaseUrl?: string;
}

async function status(context: CliContext, flags: StatusFlags): Promise<void> {
  if (flags.check) return await check(context, flags);
  if (flags.watch !== undefined) {
    const intervalSec = parseDuration(flags.watch);
    if (intervalSec < MIN_INTERVAL_SEC) {
      throw new UsageError(`--watch ${flags.watch} is too short`, "Give 100ms or more");
    }
    const read = () => readStatus(context, flags);
    // a document over several lines has no end that a reader of many could see
    return await watchStatus(context, { intervalSec, read, jsonl: flags.jsonl || flags.json });
  }
  const document = await readStatus(context, flags);
  if (flags.jsonl) printJsonLine(context, document);
  else if (flags.json) printJson(context, document);
  else await printStatus(context, document);
}

function readStatus(context: CliContext, flags: StatusFlags): Promise<StatusDocument> {
  return withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
    return statusDocument(await observe(client, flags.queue), readThresholds(flags));
  });
}

async function check(context: CliContext, flags: StatusFlags): Promise<void> {
  const health = await readHealth(context, flags);
  const line = [health.level.toUpperCase(), ...health.problems].map(printable).join("; ");
  if (flags.jsonl) printJsonLine(context, health);
  else if (flags.json) printJson(context, health);
  else context.stdout.write(`${line}\n`);
  throw new EarlyExit(HEALTH_EXIT_CODES[health.level]);
}

/** A database that cannot be used is critical; a setting that cannot be used is wrong usage. */
async function readHealth(context: CliContext, flags: StatusFlags): Promise<Health> {
  try {
    return (await readStatus(context, flags)).health;
  } catch (error) {
    if (!(error instanceof AbsurdError) || error instanceof InvalidArgumentError) throw error;
    return { level: "critical", problems: [error.message] };
  }
}
