/**
 * `absurd queue events`.
 *
 * @module
 */

import { Argument, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { tell } from "../errors.ts";
import { printJson } from "../output.ts";

/** Makes the command. */
export function queueEventsCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "events")
    .description(
      "Switches the events of a queue: off, its changes are told to nobody, which saves a few writes.",
    )
    .argument("<name>", "name of the queue")
    .addArgument(new Argument("<state>", "on or off").choices(["on", "off"] as const))
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((name, state, flags) =>
      withClient(context, flags, async (client) => {
        await client.setQueueEvents(state === "on", name);
        tell(context, `Events of queue ${name} are ${state}`);
        if (flags.json) printJson(context, { queueName: name, keepsEvents: state === "on" });
      })
    );
}
