/**
 * Tasks as a table.
 *
 * @module
 */

import type { Task } from "@dsa110/absurd";
import type { CliContext } from "../context.ts";
import { ellipsis, relativeTime, shortIds } from "../format.ts";
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
      relativeTime(task.createdAt),
      note(task),
    ]),
  );
}

/** What there is to say about a task besides its state: progress, error, or why it was cancelled. */
function note(task: Task): string | null {
  const { progress } = task;
  const running = task.status === "claimed" && progress
    ? `${Math.round(progress.fraction * 100)}% ${progress.message ?? ""}`.trimEnd()
    : null;
  const text = running ?? task.cancelReason ?? task.error;
  return text ? ellipsis(printable(text), NOTE_LENGTH) : null;
}
