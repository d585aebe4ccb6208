/**
 * `absurd scheduler pause`.
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
export function schedulerPauseCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "pause")
    .description("Stops a schedule until it is resumed; what it spawned goes on.")
    .argument("<name>", "name of the schedule")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((name, flags) =>
      withClient(context, flags, async (client) => {
        await findSchedule(client, name);
        const schedule = await client.pauseSchedule(name);
        tell(context, `Paused schedule ${name} until absurd scheduler resume ${name}`);
        if (flags.json) printJson(context, schedule);
      })
    );
}
