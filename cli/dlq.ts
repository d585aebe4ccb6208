/**
 * `absurd dlq`: tasks that failed for good.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { newGroup } from "./command.ts";
import type { CliContext } from "./context.ts";
import { dlqListCommand } from "./dlq/list.ts";
import { dlqPurgeCommand } from "./dlq/purge.ts";
import { dlqReplayCommand } from "./dlq/replay.ts";
import { dlqShowCommand } from "./dlq/show.ts";

/** Makes the command with its subcommands. */
export function dlqCommand(context: CliContext): CommandUnknownOpts {
  return newGroup(context, "dlq", "Looks at dead letters, replays and purges them.", [
    dlqListCommand(context),
    dlqShowCommand(context),
    dlqReplayCommand(context),
    dlqPurgeCommand(context),
  ]);
}
