/**
 * `absurd task`: what can be done with single tasks.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { newGroup } from "./command.ts";
import type { CliContext } from "./context.ts";
import { taskCancelCommand } from "./task/cancel.ts";
import { taskListCommand } from "./task/list.ts";
import { taskLogsCommand } from "./task/logs.ts";
import { taskPriorityCommand } from "./task/priority.ts";
import { taskReleaseCommand } from "./task/release.ts";
import { taskRetryCommand } from "./task/retry.ts";
import { taskShowCommand } from "./task/show.ts";
import { taskUnblockCommand } from "./task/unblock.ts";
import { taskWatchCommand } from "./task/watch.ts";
import { taskWhyCommand } from "./task/why.ts";

/** Makes the command with its subcommands. */
export function taskCommand(context: CliContext): CommandUnknownOpts {
  return newGroup(
    context,
    "task",
    "Looks at tasks, and does something about them: one by id, or all that filters name.",
    [
      taskListCommand(context),
      taskShowCommand(context),
      taskWhyCommand(context),
      taskLogsCommand(context),
      taskWatchCommand(context),
      taskCancelCommand(context),
      taskRetryCommand(context),
      taskReleaseCommand(context),
      taskUnblockCommand(context),
      taskPriorityCommand(context),
    ],
  );
}
