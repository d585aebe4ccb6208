/**
 * Queues as a table.
 *
 * @module
 */

import type { QueueStats } from "@dsa110/absurd";
import type { CliContext } from "../context.ts";
import { timeText } from "../format.ts";
import { paint, printTable } from "../output.ts";

/** Prints a table of queues with their tasks by state. */
export async function printQueues(context: CliContext, queues: readonly QueueStats[]): Promise<void> {
  await printTable(
    context,
    [
      "queue",
      "ready",
      "scheduled",
      "blocked",
      "held",
      "claimed",
      "completed",
      "failed",
      "cancelled",
      "oldest ready",
    ],
    queues.map((queue) => [
      queue.paused ? `${queue.queueName} ${paint(context, "stdout", "yellow", "(paused)")}` : queue.queueName,
      queue.ready,
      queue.scheduled,
      queue.blocked,
      queue.held,
      queue.claimed,
      queue.completed,
      queue.failed,
      queue.cancelled,
      timeText(context, queue.oldestReadyAt),
    ]),
  );
}
