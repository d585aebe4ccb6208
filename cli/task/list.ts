/**
 * `absurd task list`.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { TaskState } from "@dsa110/absurd";
import { databaseOption, withClient } from "../client.ts";
import { examples, jsonOption, limitOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { resolveWorkflowId } from "../ids.ts";
import { printJson } from "../output.ts";
import { printTasks } from "./table.ts";

const STATUSES = ["pending", "claimed", "completed", "failed", "cancelled"] as const;
const STATES = ["ready", "scheduled", "blocked", "held"] as const;

/** Makes the command. */
export function taskListCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "list")
    .description("Lists tasks, the newest first.")
    .option("--queue <name>", "only this queue")
    .addOption(
      new Option("--status <status>", "only this status, or this state of a pending task")
        .choices([...STATUSES, ...STATES]),
    )
    .option("--name <name>", "only tasks of this name")
    .option("--workflow <id>", "only the steps of this workflow")
    .addOption(limitOption(50))
    .addOption(jsonOption())
    .addOption(databaseOption())
    .addHelpText(
      "after",
      examples("absurd task list --status failed", "absurd task list --name image --json"),
    )
    .action((flags) =>
      withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
        const tasks = await client.listTasks({
          queueName: flags.queue,
          ...statusFilter(flags.status),
          taskName: flags.name,
          workflowId: flags.workflow && await resolveWorkflowId(client, flags.workflow),
          limit: flags.limit,
        });
        if (flags.json) printJson(context, tasks);
        else await printTasks(context, tasks);
      })
    );
}

function statusFilter(word: typeof STATUSES[number] | typeof STATES[number] | undefined) {
  const status = STATUSES.find((candidate) => candidate === word);
  return status ? { status } : { state: word as TaskState | undefined };
}
