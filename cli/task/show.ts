/**
 * `absurd task show`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Task, TaskChild, TaskDependency } from "@dsa110/absurd";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand, timeOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { CliError } from "../errors.ts";
import { duration, progressText, shortIds, timeText } from "../format.ts";
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
import { findSecrets } from "../secrets.ts";
import { printAttempts } from "./attempts.ts";

/** Makes the command. */
export function taskShowCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "show")
    .description("Shows all that is known of a task: times, settings, parents, children, attempts, products.")
    .argument("<id>", "id of the task, or a unique prefix of it")
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((prefix, flags) =>
      withClient(context, flags, async (client) => {
        const taskId = await resolveTaskId(client, prefix);
        const found = await client.getTask(taskId);
        if (!found) throw new CliError(`There is no task ${taskId}`);
        const task = (await findSecrets(context)).hide(found);
        if (flags.json) printJson(context, task);
        else await printTask(context, task);
      })
    );
}

async function printTask(context: CliContext, task: Task): Promise<void> {
  printFields(context, taskFields(context, task));
  await printRelatives(context, "Depends on", task.dependsOn);
  await printRelatives(context, "Children", task.children ?? []);
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
    ["not now", task.notNowCount ? `${task.notNowCount} times in a row` : null],
    ["backoff", backoffText(task)],
    ["time limit", task.timeoutSec ? duration(task.timeoutSec * 1000) : null],
    ["dead letter", task.dlqEnabled === false ? "none when it fails" : null],
    ["sink", task.onComplete],
    ["worker", task.status === "claimed" ? task.workerId : null],
    ["created", timeText(context, task.createdAt)],
    ["due", task.state === "scheduled" ? timeText(context, task.runAt) : null],
    ["claimed", timeText(context, task.claimedAt)],
    ["heartbeat", task.status === "claimed" ? timeText(context, task.heartbeatAt) : null],
    ["finished", timeText(context, task.finishedAt)],
    ["waited", waitedText(task)],
    ["products", productsFolder(task)],
    ["params", JSON.stringify(task.params)],
    ["result", task.result === null ? null : JSON.stringify(task.result)],
  ];
}

function backoffText({ backoffBaseSec, backoffCapSec }: Task): string | null {
  if (backoffBaseSec === undefined || backoffCapSec === undefined) return null;
  return `${duration(backoffBaseSec * 1000)} at first, ${duration(backoffCapSec * 1000)} at most`;
}

/** From when it could run to its last claim. */
function waitedText({ runAt, claimedAt }: Task): string | null {
  return runAt && claimedAt && claimedAt >= runAt ? duration(claimedAt.getTime() - runAt.getTime()) : null;
}

/** Where the accepted attempt left what it made. */
function productsFolder({ status, attempts = [] }: Task): string | null {
  if (status !== "completed") return null;
  return attempts.findLast(({ outcome }) => outcome === "completed")?.workDir ?? null;
}

/** Prints a table of the tasks before or after one; nothing when there are none. */
async function printRelatives(
  context: CliContext,
  title: string,
  relatives: readonly (TaskDependency | TaskChild)[],
): Promise<void> {
  if (relatives.length === 0) return;
  printHeading(context, title);
  const short = shortIds(relatives.map(({ taskId }) => taskId));
  await printTable(
    context,
    ["id", "task", "step", "state", "if it ends badly"],
    relatives.map((relative) => [
      short(relative.taskId),
      relative.taskName,
      relative.stepName,
      paintStatus(context, relative.state),
      relative.onParentFailure,
    ]),
  );
}
