/**
 * `absurd queue`: what waits where, and holding a queue back.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { newGroup } from "./command.ts";
import type { CliContext } from "./context.ts";
import { queueEventsCommand } from "./queue/events.ts";
import { queueLimitCommand } from "./queue/limit.ts";
import { queueListCommand } from "./queue/list.ts";
import { queuePauseCommand } from "./queue/pause.ts";
import { queueResumeCommand } from "./queue/resume.ts";

/** Makes the command with its subcommands. */
export function queueCommand(context: CliContext): CommandUnknownOpts {
  return newGroup(context, "queue", "Lists queues, pauses, resumes and limits them.", [
    queueListCommand(context),
    queuePauseCommand(context),
    queueResumeCommand(context),
    queueLimitCommand(context),
    queueEventsCommand(context),
  ]);
}
