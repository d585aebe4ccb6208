/**
 * `absurd scheduler trigger`.
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
import { runResult } from "./table.ts";

/** Makes the command. */
export function schedulerTriggerCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "trigger")
    .description(
      "Spawns what a schedule would, now, even while it is paused; prints the id of the task or workflow on stdout.",
    )
    .argument("<name>", "name of the schedule")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((name, flags) =>
      withClient(context, flags, async (client) => {
        await findSchedule(client, name);
        const run = await client.triggerSchedule(name);
        tell(context, `Triggered schedule ${name}: ${runResult(run)}`);
        if (flags.json) printJson(context, run);
        else context.stdout.write(`${run.workflowId ?? run.taskId}\n`);
      })
    );
}
