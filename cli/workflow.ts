/**
 * `absurd workflow`: runs of chains.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { newGroup } from "./command.ts";
import type { CliContext } from "./context.ts";
import { workflowCancelCommand } from "./workflow/cancel.ts";
import { workflowListCommand } from "./workflow/list.ts";
import { workflowShowCommand } from "./workflow/show.ts";
import { workflowWatchCommand } from "./workflow/watch.ts";

/** Makes the command with its subcommands. */
export function workflowCommand(context: CliContext): CommandUnknownOpts {
  return newGroup(context, "workflow", "Looks at workflows, which are runs of chains, and cancels them.", [
    workflowListCommand(context),
    workflowShowCommand(context),
    workflowWatchCommand(context),
    workflowCancelCommand(context),
  ]);
}
