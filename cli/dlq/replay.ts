/**
 * `absurd dlq replay`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { examples, jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { tell } from "../errors.ts";
import { printJson } from "../output.ts";
import { deadLetterFilter } from "./filter.ts";

/** Makes the command. */
export function dlqReplayCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "replay")
    .description("Runs dead letters again under the same ids, and what was cancelled because of them.")
    .argument("[id...]", "ids of tasks, or unique prefixes of them")
    .option("--queue <name>", "those of this queue")
    .option("--name <name>", "those of tasks of this name")
    .option("--all", "every one that was not replayed yet")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .addHelpText("after", examples("absurd dlq replay 0199e4a2-7b1c", "absurd dlq replay --name image"))
    .action((prefixes, flags) =>
      withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
        const filter = await deadLetterFilter(client, "replay", { prefixes, ...flags });
        const replayed = await client.replayDeadLetters(filter);
        tell(context, `Replayed ${replayed.length} dead letters`);
        if (flags.json) printJson(context, replayed.map((taskId) => ({ taskId })));
      })
    );
}
