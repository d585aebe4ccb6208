/**
 * `absurd workflow list`.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { Workflow } from "@dsa110/absurd";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, limitOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { relativeTime, shortIds } from "../format.ts";
import { paintStatus, printJson, printTable } from "../output.ts";

/** Makes the command. */
export function workflowListCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "list")
    .description("Lists workflows, the newest first.")
    .option("--queue <name>", "only this queue")
    .addOption(
      new Option("--status <status>", "only this status").choices([
        "running",
        "completed",
        "failed",
        "cancelled",
      ]),
    )
    .option("--name <name>", "only workflows of this name")
    .addOption(limitOption(50))
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((flags) =>
      withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
        const { queue: queueName, status, name, limit } = flags;
        const workflows = await client.listWorkflows({ queueName, status, name, limit });
        if (flags.json) printJson(context, workflows);
        else await printWorkflows(context, workflows);
      })
    );
}

async function printWorkflows(context: CliContext, workflows: Workflow[]): Promise<void> {
  const short = shortIds(workflows.map(({ workflowId }) => workflowId));
  await printTable(
    context,
    ["id", "workflow", "queue", "status", "steps", "created", "finished"],
    workflows.map((workflow) => [
      short(workflow.workflowId),
      workflow.name,
      workflow.queueName,
      paintStatus(context, workflow.status),
      `${workflow.steps.filter(({ status }) => status === "completed").length}/${workflow.steps.length}`,
      relativeTime(workflow.createdAt),
      relativeTime(workflow.finishedAt),
    ]),
  );
}
