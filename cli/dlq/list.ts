/**
 * `absurd dlq list`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, limitOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { printJson } from "../output.ts";
import { printDeadLetters } from "./table.ts";

/** Makes the command. */
export function dlqListCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "list")
    .description("Lists dead letters, the newest first.")
    .option("--queue <name>", "only this queue")
    .option("--name <name>", "only tasks of this name")
    .option("--replayed", "also those that were replayed already")
    .addOption(limitOption(100))
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((flags) =>
      withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
        const letters = await client.listDeadLetters({
          queueName: flags.queue,
          taskName: flags.name,
          includeReplayed: flags.replayed,
          limit: flags.limit,
        });
        if (flags.json) printJson(context, letters);
        else await printDeadLetters(context, letters);
      })
    );
}
