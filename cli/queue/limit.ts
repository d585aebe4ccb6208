/**
 * `absurd queue limit`.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { Limit, LimitScope } from "@dsa110/absurd";
import { databaseOption, withClient } from "../client.ts";
import { examples, jsonlOption, jsonOption, newCommand, wholeNumber } from "../command.ts";
import type { CliContext } from "../context.ts";
import { tell, UsageError } from "../errors.ts";
import { printRows, printTable } from "../output.ts";

/** Makes the command. */
export function queueLimitCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "limit")
    .description(
      "Limits how many tasks run at a time, on all machines together; without --max shows the limits.",
    )
    .argument("[queue]", "name of the queue; without it all queues together")
    .option("--name <task>", "only tasks of this name")
    .addOption(
      new Option("--max <n>", "at most so many at a time; 0 holds all back").argParser(
        wholeNumber({ min: 0 }),
      ),
    )
    .addOption(new Option("--remove", "remove the limit").conflicts("max"))
    .option("--all", "all tasks of all queues together")
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .addHelpText(
      "after",
      examples(
        "absurd queue limit",
        "absurd queue limit dsa110-pipeline --name image --max 2",
        "absurd queue limit --name calibrate --max 1",
        "absurd queue limit dsa110-pipeline --name image --remove",
      ),
    )
    .action((queue, flags) =>
      withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
        if (flags.max !== undefined || flags.remove) {
          const scope = limitScope(queue, flags);
          await client.setLimit(flags.max ?? null, scope);
          const most = flags.max === undefined ? "no limit any more" : `a limit of ${flags.max}`;
          tell(context, `${describeScope(scope)}: ${most}`);
        } else {
          await printRows(context, await client.listLimits(), flags, (rows) => printLimits(context, rows));
        }
      })
    );
}

function limitScope(queueName: string | undefined, flags: { name?: string; all?: true }): LimitScope {
  const isChosen = queueName !== undefined || flags.name !== undefined;
  if (isChosen !== Boolean(flags.all)) return { queueName, taskName: flags.name };
  throw new UsageError(
    isChosen ? "--all does not go with a queue or --name" : "Nothing says what to limit",
    "Give a queue, --name NAME, both, or --all",
  );
}

function describeScope({ queueName, taskName }: LimitScope): string {
  const tasks = taskName === undefined ? "Tasks" : `Tasks named ${taskName}`;
  return queueName === undefined ? `${tasks} of all queues` : `${tasks} of queue ${queueName}`;
}

/** Prints a table of limits; they are "held" or not by how full they are. */
async function printLimits(context: CliContext, limits: readonly Limit[]): Promise<void> {
  await printTable(
    context,
    ["queue", "task", "limit", "running", "ending"],
    limits.map(({ queueName, taskName, maxClaims, claims, dying }) => [
      queueName ?? "(all)",
      taskName ?? "(all)",
      maxClaims,
      claims,
      dying,
    ]),
  );
}
