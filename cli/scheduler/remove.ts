/**
 * `absurd scheduler remove`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { tell } from "../errors.ts";
import { printJson } from "../output.ts";
import { findSchedule } from "./find.ts";

/** Makes the command. */
export function schedulerRemoveCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "remove")
    .description("Deletes a schedule and its history; what it spawned stays.")
    .argument("<name>", "name of the schedule")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((name, flags) =>
      withClient(context, flags, async (client) => {
        const schedule = await findSchedule(client, name);
        await client.removeSchedule(name);
        tell(context, `Removed schedule ${name}`);
        if (flags.json) printJson(context, schedule);
      })
    );
}
