/**
 * `absurd task cancel`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { tell } from "../errors.ts";
import { resolveTaskIds } from "../ids.ts";
import { printJson } from "../output.ts";

/** Makes the command. */
export function taskCancelCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "cancel")
    .description("Cancels tasks; a worker that runs one ends it.")
    .argument("<id...>", "ids of tasks, or unique prefixes of them")
    .option("--reason <text>", "why, for those who look at the task later")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((prefixes, flags) =>
      withClient(context, flags, async (client) => {
        const cancelled = [];
        for (const taskId of await resolveTaskIds(client, prefixes)) {
          const statusBefore = await client.cancelTask(taskId, { reason: flags.reason });
          const wasEnded = statusBefore === "cancelled";
          tell(
            context,
            wasEnded ? `Task ${taskId} was cancelled already` : `Cancelled ${statusBefore} task ${taskId}`,
          );
          cancelled.push({ taskId, statusBefore });
        }
        if (flags.json) printJson(context, cancelled);
      })
    );
}
