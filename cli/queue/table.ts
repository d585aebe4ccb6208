/**
 * Queues as a table.
 *
 * @module
 */

import { type QueueStats, TASK_STATES } from "@dsa110/absurd";
import type { CliContext } from "../context.ts";
import { timeText } from "../format.ts";
import { paint, printTable } from "../output.ts";

/** Prints a table of queues with their tasks by state. */
export async function printQueues(context: CliContext, queues: readonly QueueStats[]): Promise<void> {
  await printTable(
    context,
    ["queue", ...TASK_STATES, "oldest ready"],
    queues.map((queue) => [
      queue.paused ? `${queue.queueName} ${paint(context, "stdout", "yellow", "(paused)")}` : queue.queueName,
      ...TASK_STATES.map((state) => queue[state]),
      timeText(context, queue.oldestReadyAt),
    ]),
  );
}
