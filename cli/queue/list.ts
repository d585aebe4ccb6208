/**
 * `absurd queue list`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { printJson } from "../output.ts";
import { printQueues } from "./table.ts";

/** Makes the command. */
export function queueListCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "list")
    .description("Lists queues with their tasks by state.")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((flags) =>
      withClient(context, flags, async (client) => {
        const queues = await client.listQueueStats();
        if (flags.json) printJson(context, queues);
        else await printQueues(context, queues);
      })
    );
}
