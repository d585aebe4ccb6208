/**
 * `absurd workflow watch`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Workflow } from "@dsa110/absurd";
import { databaseOption, withClient } from "../client.ts";
import { examples, jsonlOption, jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { resolveWorkflowId } from "../ids.ts";
import { endByWorkflow, waitOptions } from "../wait.ts";
import { watch, watchTimeoutOption } from "../watch.ts";

/** Makes the command. */
export function workflowWatchCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "watch")
    .description(
      "Shows how the steps of a workflow go on until it has ended. Exit code: 0 completed, 3 failed, 4 cancelled, 5 " +
        "timed out.",
    )
    .argument("<id>", "id of the workflow, or a unique prefix of it")
    .addOption(watchTimeoutOption())
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .addHelpText(
      "after",
      examples("absurd workflow watch 0199e4a2-7b1c", "absurd workflow watch 0199e4a2-7b1c --timeout 2h"),
    )
    .action((prefix, flags) =>
      withClient(context, flags, async (client) => {
        const workflowId = await resolveWorkflowId(client, prefix);
        const workflow = await watch<Workflow>(
          context,
          flags,
          (onChange) => client.waitForWorkflow(workflowId, waitOptions(context, flags.timeout), onChange),
          {
            show: (view, { steps }) => view.update(steps),
            hide: (secrets, workflow) => secrets.hideOfWorkflow(workflow),
          },
        );
        endByWorkflow(context, workflow);
      })
    );
}
