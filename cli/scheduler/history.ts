/**
 * `absurd scheduler history`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonlOption, jsonOption, limitOption, newCommand, timeOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { printRows } from "../output.ts";
import { findSchedule } from "./find.ts";
import { printRuns } from "./table.ts";

/** Makes the command. */
export function schedulerHistoryCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "history")
    .description("Shows what became of the due times of a schedule, the newest first.")
    .argument("<name>", "name of the schedule")
    .addOption(limitOption(50))
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .action((name, flags) =>
      withClient(context, flags, async (client) => {
        const { timezone } = await findSchedule(client, name);
        const runs = await client.listScheduleRuns(name, { limit: flags.limit });
        await printRows(context, runs, flags, (rows) => printRuns(context, rows, timezone));
      })
    );
}
