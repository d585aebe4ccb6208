/**
 * `absurd queue pause`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { say, tell } from "../errors.ts";
import { printJson } from "../output.ts";
import { describeUnused } from "./unused.ts";

/** Makes the command. */
export function queuePauseCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "pause")
    .description("Holds a queue back: its tasks wait, those that run go on.")
    .argument("<name>", "name of the queue")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((name, flags) =>
      withClient(context, flags, async (client) => {
        await client.pauseQueue(name);
        const unused = describeUnused(name, await client.getQueueStats(name));
        if (unused) say(context, "warning", unused);
        tell(context, `Paused queue ${name}: its tasks wait until absurd queue resume ${name}`);
        if (flags.json) printJson(context, { queueName: name, paused: true });
      })
    );
}
