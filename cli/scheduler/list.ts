/**
 * `absurd scheduler list`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonlOption, jsonOption, newCommand, timeOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { printRows } from "../output.ts";
import { printSchedules } from "./table.ts";

/** Makes the command. */
export function schedulerListCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "list")
    .description("Lists schedules with their state, next and last run.")
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .action((flags) =>
      withClient(context, flags, async (client) => {
        const schedules = await client.listSchedules();
        await printRows(context, schedules, flags, (rows) => printSchedules(context, rows));
      })
    );
}
