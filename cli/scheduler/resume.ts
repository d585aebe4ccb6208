/**
 * `absurd scheduler resume`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { tell } from "../errors.ts";
import { printJson } from "../output.ts";
import { nextText } from "./add.ts";
import { findSchedule } from "./find.ts";

/** Makes the command. */
export function schedulerResumeCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "resume")
    .description("Makes a schedule active again; what was due meanwhile is not made up for.")
    .argument("<name>", "name of the schedule")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((name, flags) =>
      withClient(context, flags, async (client) => {
        await findSchedule(client, name);
        const schedule = await client.resumeSchedule(name);
        tell(context, `Resumed schedule ${name}: ${nextText(context, schedule)}`);
        if (flags.json) printJson(context, schedule);
      })
    );
}
