/**
 * `absurd queue resume`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { tell } from "../errors.ts";
import { printJson } from "../output.ts";

/** Makes the command. */
export function queueResumeCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "resume")
    .description("Lets the tasks of a paused queue run again.")
    .argument("<name>", "name of the queue")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((name, flags) =>
      withClient(context, flags, async (client) => {
        await client.resumeQueue(name);
        tell(context, `Resumed queue ${name}`);
        if (flags.json) printJson(context, { queueName: name, paused: false });
      })
    );
}
