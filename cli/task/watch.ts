/**
 * `absurd task watch`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Task } from "@dsa110/absurd";
import { databaseOption, withClient } from "../client.ts";
import { examples, jsonlOption, jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { resolveTaskId } from "../ids.ts";
import { endByTask, waitOptions } from "../wait.ts";
import { watch, watchTimeoutOption } from "../watch.ts";

/** Makes the command. */
export function taskWatchCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "watch")
    .description(
      "Shows how a task goes on until it has ended. Exit code: 0 completed, 3 failed, 4 cancelled, 5 timed out.",
    )
    .argument("<id>", "id of the task, or a unique prefix of it")
    .addOption(watchTimeoutOption())
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .addHelpText(
      "after",
      examples("absurd task watch 0199e4a2-7b1c", "absurd task watch 0199e4a2-7b1c --jsonl"),
    )
    .action((prefix, flags) =>
      withClient(context, flags, async (client) => {
        const taskId = await resolveTaskId(client, prefix);
        const task = await watch<Task>(
          context,
          flags,
          (onChange) => client.waitForTask(taskId, waitOptions(context, flags.timeout), onChange),
          { show: (view, task) => view.update([task]), hide: (secrets, task) => secrets.hide(task) },
        );
        endByTask(context, task);
      })
    );
}
