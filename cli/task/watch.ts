/**
 * `absurd task watch`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Task } from "@dsa110/absurd";
import { withClient } from "../client.ts";
import type { CliContext } from "../context.ts";
import { resolveTaskId } from "../ids.ts";
import { endByTask, waitOptions } from "../wait.ts";
import { newWatchCommand, watch } from "../watch.ts";

/** Makes the command. */
export function taskWatchCommand(context: CliContext): CommandUnknownOpts {
  return newWatchCommand(context, {
    kind: "task",
    shows: "how a task goes on",
    lines: ["absurd task watch 0199e4a2-7b1c", "absurd task watch 0199e4a2-7b1c --jsonl"],
    act: (prefix, flags) =>
      withClient(context, flags, async (client) => {
        const taskId = await resolveTaskId(client, prefix);
        const task = await watch<Task>(
          context,
          flags,
          (onChange) => client.waitForTask(taskId, waitOptions(context, flags.timeout), onChange),
          { show: (view, task) => view.update([task]), hide: (secrets, task) => secrets.hide(task) },
        );
        endByTask(context, task);
      }),
  });
}
