/**
 * The state of everything, for people.
 *
 * @module
 */

import type { LastError, QueueStatus } from "@dsa110/absurd";
import type { CliContext } from "../context.ts";
import { duration, ellipsis, shortIds, timeText } from "../format.ts";
import { paint, paintStatus, printable, printHeading, printTable } from "../output.ts";
import { printQueues } from "../queue/table.ts";
import { printWorkers } from "../worker/table.ts";
import type { StatusDocument } from "./read.ts";
import { countStates, printSchedulers } from "./schedules.ts";

const ERROR_LENGTH = 60;
const STYLES = { ok: "green", warning: "yellow", critical: "red" } as const;

/** Prints the verdict, and below it everything by parts. */
export async function printStatus(context: CliContext, status: StatusDocument): Promise<void> {
  const { level, problems } = status.health;
  context.stdout.write(
    `${paint(context, "stdout", STYLES[level], level)}  schema version ${status.schemaVersion}, ` +
      `database answers in ${duration(status.databaseLatencyMs)}\n`,
  );
  for (const problem of problems) context.stdout.write(`  ${printable(problem)}\n`);
  await printPart(context, "Queues", status.queues, printQueues);
  const moving = status.queues.filter(({ completedLastHour, failedLastHour }) =>
    completedLastHour + failedLastHour > 0
  );
  await printPart(context, "Ended", moving, printRates, "nothing within the last hour");
  await printPart(context, "Workers", status.workers, printWorkers);
  await printPart(context, "Schedulers", status.schedulers, printSchedulers);
  printHeading(context, "Schedules");
  context.stdout.write(`${countStates(status.schedules) || "none"}\n`);
  printHeading(context, "Dead letters");
  context.stdout.write(`${status.deadLetters || "none"}\n`);
  await printPart(context, "Last errors", status.errors, printErrors);
}

async function printPart<Row>(
  context: CliContext,
  title: string,
  rows: readonly Row[],
  print: (context: CliContext, rows: readonly Row[]) => Promise<void>,
  nothing = "none",
): Promise<void> {
  printHeading(context, title);
  if (rows.length > 0) await print(context, rows);
  else context.stdout.write(`${nothing}\n`);
}

async function printRates(context: CliContext, queues: readonly QueueStatus[]): Promise<void> {
  await printTable(
    context,
    ["queue", "completed/min", "completed/h", "failed/min", "failed/h", "last completed"],
    queues.map((queue) => [
      queue.estimated ? `${queue.queueName} (estimated)` : queue.queueName,
      queue.completedLastMinute,
      queue.completedLastHour,
      queue.failedLastMinute,
      queue.failedLastHour,
      timeText(context, queue.lastCompletedAt),
    ]),
  );
}

async function printErrors(context: CliContext, errors: readonly LastError[]): Promise<void> {
  const short = shortIds(errors.map(({ taskId }) => taskId));
  await printTable(
    context,
    ["when", "id", "task", "attempt", "reason", "state", "error"],
    errors.map((error) => [
      timeText(context, error.at),
      short(error.taskId),
      error.taskName,
      error.attempt,
      error.reason,
      paintStatus(context, error.state),
      error.error ? ellipsis(printable(error.error), ERROR_LENGTH) : null,
    ]),
  );
}
