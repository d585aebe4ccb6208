/**
 * `absurd scheduler`: schedules, and the scheduler that fires them.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { newGroup } from "./command.ts";
import type { CliContext } from "./context.ts";
import { schedulerAddCommand } from "./scheduler/add.ts";
import { schedulerHistoryCommand } from "./scheduler/history.ts";
import { schedulerListCommand } from "./scheduler/list.ts";
import { schedulerNextCommand } from "./scheduler/next.ts";
import { schedulerPauseCommand } from "./scheduler/pause.ts";
import { schedulerRemoveCommand } from "./scheduler/remove.ts";
import { schedulerResumeCommand } from "./scheduler/resume.ts";
import { schedulerRunCommand } from "./scheduler/run.ts";
import { schedulerShowCommand } from "./scheduler/show.ts";
import { schedulerSyncCommand } from "./scheduler/sync.ts";
import { schedulerTriggerCommand } from "./scheduler/trigger.ts";

/** Makes the command with its subcommands. */
export function schedulerCommand(context: CliContext): CommandUnknownOpts {
  return newGroup(context, "scheduler", "Spawns tasks and chains by cron schedules.", [
    schedulerRunCommand(context),
    schedulerAddCommand(context),
    schedulerListCommand(context),
    schedulerShowCommand(context),
    schedulerNextCommand(context),
    schedulerPauseCommand(context),
    schedulerResumeCommand(context),
    schedulerRemoveCommand(context),
    schedulerTriggerCommand(context),
    schedulerHistoryCommand(context),
    schedulerSyncCommand(context),
  ]);
}
