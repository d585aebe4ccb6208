/**
 * `absurd workflow cancel`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { tell } from "../errors.ts";
import { resolveWorkflowId } from "../ids.ts";
import { printJson } from "../output.ts";

/** Makes the command. */
export function workflowCancelCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "cancel")
    .description("Cancels all steps of a workflow that have not ended.")
    .argument("<id>", "id of the workflow, or a unique prefix of it")
    .option("--reason <text>", "why, for those who look at the workflow later")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((prefix, flags) =>
      withClient(context, flags, async (client) => {
        const workflowId = await resolveWorkflowId(client, prefix);
        const cancelledTasks = await client.cancelWorkflow(workflowId, { reason: flags.reason });
        tell(context, `Cancelled workflow ${workflowId}: ${cancelledTasks} of its tasks had not ended`);
        if (flags.json) printJson(context, { workflowId, cancelledTasks });
      })
    );
}
