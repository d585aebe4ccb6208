/**
 * `absurd workflow list`.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { Workflow } from "@dsa110/absurd";
import { databaseOption, withClient } from "../client.ts";
import { examples, jsonlOption, jsonOption, limitOption, newCommand, timeOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { addFilterOptions } from "../filters.ts";
import { shortIds, timeText } from "../format.ts";
import { resolveWorkflowId } from "../ids.ts";
import { findSecrets } from "../secrets.ts";
import { paintStatus, printRows, printTable } from "../output.ts";
import { tellMore } from "../page.ts";
import { parsePeriod } from "../times.ts";

/** Makes the command. */
export function workflowListCommand(context: CliContext): CommandUnknownOpts {
  const command = newCommand(context, "list")
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
    .option("--key <key>", "only workflows that were spawned with this idempotency key")
    .addHelpText("after", EXAMPLES);
  return addFilterOptions(command, ["since", "until"])
    .addOption(limitOption(50))
    .option("--cursor <id>", "go on after this workflow: the last one of the page before")
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .action((flags) =>
      withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
        const { queue: queueName, status, name, key, limit } = flags;
        const { since, until } = await parsePeriod(client, flags);
        const before = flags.cursor === undefined
          ? undefined
          : await resolveWorkflowId(client, flags.cursor, "--cursor");
        const workflows = await client.listWorkflows({
          queueName,
          status,
          name,
          key,
          since,
          until,
          limit,
          before,
        });
        const secrets = await findSecrets(context);
        const shown = workflows.map((workflow) => secrets.hideOfWorkflow(workflow));
        await printRows(context, shown, flags, (rows) => printWorkflows(context, rows));
        tellMore(context, workflows, limit, ({ workflowId }) => workflowId);
      })
    );
}

const EXAMPLES = examples(
  "absurd workflow list --status failed --since 12h",
  "absurd workflow list --key obs-2026-10-25",
);

async function printWorkflows(context: CliContext, workflows: readonly Workflow[]): Promise<void> {
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
      timeText(context, workflow.createdAt),
      timeText(context, workflow.finishedAt),
    ]),
  );
}
