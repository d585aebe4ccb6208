/**
 * Tasks as a table.
 *
 * @module
 */

import type { Task } from "@dsa110/absurd";
import type { CliContext } from "../context.ts";
import { duration, ellipsis, progressText, shortIds, timeText } from "../format.ts";
import { paintStatus, printable, printTable } from "../output.ts";

const NOTE_LENGTH = 60;

/** Prints a table of tasks, in the order given. */
export async function printTasks(context: CliContext, tasks: readonly Task[]): Promise<void> {
  const short = shortIds(tasks.map(({ taskId }) => taskId));
  await printTable(
    context,
    ["id", "task", "queue", "state", "attempt", "created", "note"],
    tasks.map((task) => [
      short(task.taskId),
      task.taskName,
      task.queueName,
      paintStatus(context, task.state),
      task.attempt,
      timeText(context, task.createdAt),
      note(task),
    ]),
  );
}

/** Prints a table of the steps of a workflow, in their order. */
export async function printSteps(context: CliContext, steps: readonly Task[]): Promise<void> {
  const short = shortIds(steps.map(({ taskId }) => taskId));
  await printTable(
    context,
    ["id", "step", "task", "state", "attempt", "took", "note"],
    steps.map((step) => [
      short(step.taskId),
      step.stepName,
      step.taskName,
      paintStatus(context, step.state),
      step.attempt,
      step.claimedAt && step.finishedAt
        ? duration(step.finishedAt.getTime() - step.claimedAt.getTime())
        : null,
      note(step),
    ]),
  );
}

/** What there is to say about a task besides its state: progress, error, or why it was cancelled. */
function note(task: Task): string | null {
  const running = task.status === "claimed" && task.progress ? progressText(task.progress) : null;
  const text = running ?? task.cancelReason ?? task.error;
  return text ? ellipsis(printable(text), NOTE_LENGTH) : null;
}
