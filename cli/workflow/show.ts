/**
 * `absurd workflow show`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Workflow } from "@dsa110/absurd";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand, timeOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { CliError } from "../errors.ts";
import { timeText } from "../format.ts";
import { resolveWorkflowId } from "../ids.ts";
import { paintStatus, printFields, printHeading, printJson } from "../output.ts";
import { findSecrets } from "../secrets.ts";
import { printSteps } from "../task/table.ts";

/** Makes the command. */
export function workflowShowCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "show")
    .description("Shows a workflow and its steps.")
    .argument("<id>", "id of the workflow, or a unique prefix of it")
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((prefix, flags) =>
      withClient(context, flags, async (client) => {
        const workflowId = await resolveWorkflowId(client, prefix);
        const found = await client.getWorkflow(workflowId);
        if (!found) throw new CliError(`There is no workflow ${workflowId}`);
        const workflow = (await findSecrets(context)).hideOfWorkflow(found);
        if (flags.json) printJson(context, workflow);
        else await printWorkflow(context, workflow);
      })
    );
}

async function printWorkflow(context: CliContext, workflow: Workflow): Promise<void> {
  printFields(context, [
    ["workflow", workflow.workflowId],
    ["name", workflow.name],
    ["queue", workflow.queueName],
    ["status", paintStatus(context, workflow.status)],
    ["key", workflow.key],
    ["created", timeText(context, workflow.createdAt)],
    ["finished", timeText(context, workflow.finishedAt)],
    ["params", JSON.stringify(workflow.params)],
  ]);
  printHeading(context, "Steps");
  await printSteps(context, workflow.steps);
}
