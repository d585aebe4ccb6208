/**
 * `absurd queue list`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonlOption, jsonOption, newCommand, timeOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { printRows } from "../output.ts";
import { printQueues } from "./table.ts";

/** Makes the command. */
export function queueListCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "list")
    .description("Lists queues with their tasks by state.")
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .action((flags) =>
      withClient(context, flags, async (client) => {
        const queues = await client.listQueueStats();
        await printRows(context, queues, flags, (rows) => printQueues(context, rows));
      })
    );
}
