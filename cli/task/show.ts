/**
 * `absurd task show`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Task } from "@dsa110/absurd";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { CliError } from "../errors.ts";
import { duration, progressText, relativeTime, shortIds } from "../format.ts";
import { resolveTaskId } from "../ids.ts";
import {
  type Cell,
  paintStatus,
  printable,
  printFields,
  printHeading,
  printJson,
  printTable,
} from "../output.ts";
import { withoutSecrets } from "../secrets.ts";
import { printAttempts } from "./attempts.ts";

/** Makes the command. */
export function taskShowCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "show")
    .description("Shows a task with its parents and attempts.")
    .argument("<id>", "id of the task, or a unique prefix of it")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((prefix, flags) =>
      withClient(context, flags, async (client) => {
        const taskId = await resolveTaskId(client, prefix);
        const found = await client.getTask(taskId);
        if (!found) throw new CliError(`There is no task ${taskId}`);
        const task = await withoutSecrets(context, found);
        if (flags.json) printJson(context, task);
        else await printTask(context, task);
      })
    );
}

async function printTask(context: CliContext, task: Task): Promise<void> {
  printFields(context, taskFields(context, task));
  if (task.dependsOn.length > 0) {
    printHeading(context, "Depends on");
    await printParents(context, task);
  }
  printAttempts(context, task.attempts ?? []);
}

function taskFields(context: CliContext, task: Task): [string, Cell][] {
  return [
    ["task", task.taskId],
    ["name", task.taskName],
    ["queue", task.queueName],
    ["state", paintStatus(context, task.state)],
    ["error", task.error && printable(task.error)],
    ["reason", task.errorReason],
    ["cancelled", task.cancelReason && printable(task.cancelReason)],
    ["cause", task.causeTaskId],
    ["progress", task.status === "claimed" && task.progress ? printable(progressText(task.progress)) : null],
    ["workflow", task.workflowId],
    ["step", task.stepName],
    ["key", task.key],
    ["priority", task.priority],
    ["attempt", task.attempt],
    ["failures", `${task.failures} (${task.maxRetries ?? "default"} retries)`],
    ["time limit", task.timeoutSec ? duration(task.timeoutSec * 1000) : null],
    ["worker", task.status === "claimed" ? task.workerId : null],
    ["created", relativeTime(task.createdAt)],
    ["due", task.state === "scheduled" ? relativeTime(task.runAt) : null],
    ["claimed", relativeTime(task.claimedAt)],
    ["heartbeat", task.status === "claimed" ? relativeTime(task.heartbeatAt) : null],
    ["finished", relativeTime(task.finishedAt)],
    ["params", JSON.stringify(task.params)],
    ["result", task.result === null ? null : JSON.stringify(task.result)],
  ];
}

async function printParents(context: CliContext, task: Task): Promise<void> {
  const short = shortIds(task.dependsOn.map(({ taskId }) => taskId));
  await printTable(
    context,
    ["id", "step", "status", "if it ends badly"],
    task.dependsOn.map((parent) => [
      short(parent.taskId),
      parent.stepName,
      paintStatus(context, parent.status),
      parent.onParentFailure,
    ]),
  );
}
