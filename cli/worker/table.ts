/**
 * Workers as a table.
 *
 * @module
 */

import type { WorkerInfo } from "@dsa110/absurd";
import type { CliContext } from "../context.ts";
import { shortIds, timeText } from "../format.ts";
import { paint, printTable } from "../output.ts";

/** Prints a table of workers and what they run. */
export async function printWorkers(context: CliContext, workers: readonly WorkerInfo[]): Promise<void> {
  const short = shortIds(workers.flatMap(({ tasks }) => tasks.map(({ taskId }) => taskId)));
  await printTable(
    context,
    ["worker", "host", "pid", "queues", "heartbeat", "slots", "runs"],
    workers.map((worker) => [
      worker.live ? worker.workerId : paint(context, "stdout", "red", `${worker.workerId} (lost)`),
      worker.hostname,
      worker.pid,
      worker.queueNames.join(", "),
      timeText(context, worker.heartbeatAt),
      `${worker.tasks.length + worker.reserved}/${worker.concurrency}`,
      worker.tasks.map(({ taskName, taskId }) => `${taskName} ${short(taskId)}`).join(", ") || null,
    ]),
  );
}
