/**
 * `absurd dlq purge`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { examples, jsonOption, newCommand, yesOption } from "../command.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { tell } from "../errors.ts";
import { printJson } from "../output.ts";
import { deadLetterFilter } from "./filter.ts";

/** Makes the command. */
export function dlqPurgeCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "purge")
    .description("Deletes dead letters; their tasks stay failed.")
    .argument("[id...]", "ids of tasks, or unique prefixes of them")
    .option("--queue <name>", "those of this queue")
    .option("--name <name>", "those of tasks of this name")
    .option("--all", "every one")
    .addOption(yesOption())
    .addOption(jsonOption())
    .addOption(databaseOption())
    .addHelpText("after", examples("absurd dlq purge 0199e4a2-7b1c", "absurd dlq purge --all --yes"))
    .action((prefixes, flags) =>
      withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
        const filter = await deadLetterFilter(client, "purge", { prefixes, ...flags });
        confirm(context, "This deletes the dead letters for good.", flags);
        const purged = await client.purgeDeadLetters(filter);
        tell(context, `Purged ${purged.length} dead letters`);
        if (flags.json) printJson(context, purged.map((taskId) => ({ taskId })));
      })
    );
}
