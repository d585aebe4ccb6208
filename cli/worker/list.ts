/**
 * `absurd worker list`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { printJson } from "../output.ts";
import { printWorkers } from "./table.ts";

/** Makes the command. */
export function workerListCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "list")
    .description("Lists workers with their last heartbeat and what they run.")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((flags) =>
      withClient(context, flags, async (client) => {
        const workers = await client.listWorkers();
        if (flags.json) printJson(context, workers);
        else await printWorkers(context, workers);
      })
    );
}
