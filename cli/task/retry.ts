/**
 * `absurd task retry`.
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
export function taskRetryCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "retry")
    .description("Makes failed or cancelled tasks pending again, and what was cancelled because of them.")
    .argument("<id...>", "ids of tasks, or unique prefixes of them")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((prefixes, flags) =>
      withClient(context, flags, async (client) => {
        const retried = [];
        for (const taskId of await resolveTaskIds(client, prefixes)) {
          const state = await client.retryTask(taskId);
          tell(context, `Task ${taskId} is ${state} again`);
          retried.push({ taskId, state });
        }
        if (flags.json) printJson(context, retried);
      })
    );
}
