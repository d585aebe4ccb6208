/**
 * `absurd worker list`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonlOption, jsonOption, newCommand, timeOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { printRows } from "../output.ts";
import { printWorkers } from "./table.ts";

/** Makes the command. */
export function workerListCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "list")
    .description("Lists workers with their last heartbeat and what they run.")
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .action((flags) =>
      withClient(context, flags, async (client) => {
        const workers = await client.listWorkers();
        await printRows(context, workers, flags, (rows) => printWorkers(context, rows));
      })
    );
}
