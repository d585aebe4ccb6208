/**
 * What keeps a worker that drains its queues from being done.
 *
 * @module
 */

import { type Database, type DatabaseCalls, json } from "../database.ts";
import { toDocument } from "../document.ts";
import { callsWith } from "./connection.ts";
import type { WorkerEvent } from "./events.ts";

const PAGE_SIZE = 1_000;

/** What is looked at of a task. */
interface PendingTask {
  "task_id": string;
  attempt: number;
}

/** What is left of a drain. */
export type Rest = Extract<WorkerEvent, { type: "waiting" }>["rest"] | "ready tasks";

/**
 * What is left on the queues that this worker could do, now or after others have ended: what is claimed or reserved by
 * anybody, and of the tasks that it knows those that are ready or wait for a retry. Tasks that wait for a time of their
 * own, for an operator or for another kind of worker do not count.
 *
 * @param work.taskNames What the worker runs; undefined = anything.
 * @param work.signal Cuts what is under way.
 * @returns The first that is found; null when nothing is left.
 */
export async function leftToDrain(
  database: Database,
  { queueNames, taskNames, signal }: {
    readonly queueNames: readonly string[];
    readonly taskNames: readonly string[] | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Rest | null> {
  const calls = callsWith({ signal }, database);
  for (const queueName of queueNames) {
    // Before the rest: what becomes ready when these complete is seen then.
    const [{ count_reserved: reserved }] = await calls.call<{ "count_reserved": number }>(
      "count_reserved",
      { queue_name: queueName },
      { retry: true },
    );
    const [stats] = await calls.call<Record<"claimed" | "ready" | "scheduled", number>>(
      "get_queue_stats",
      { queue_name: queueName },
      { retry: true },
    );
    if (stats.claimed > 0) return "claims of other workers";
    for (const taskName of taskNames ?? [undefined]) {
      const filter = { queueName, taskName };
      if (stats.ready > 0 && await some(calls, { ...filter, state: "ready" }, () => true)) {
        return "ready tasks";
      }
      if (stats.scheduled > 0 && await some(calls, { ...filter, state: "scheduled" }, isRetry)) {
        return "retries that are not due";
      }
    }
    // Most of them are ready, but not children of a task that has very many.
    if (reserved > 0) return "claims of other workers";
  }
  return null;
}

/** What was never claimed waits for a time that somebody chose. */
function isRetry({ attempt }: PendingTask): boolean {
  return attempt > 0;
}

/** Whether a task that matches the filter passes the test. */
async function some(
  database: DatabaseCalls,
  filter: Record<string, unknown>,
  test: (task: PendingTask) => boolean,
): Promise<boolean> {
  let before: string | undefined;
  while (true) {
    const rows = await database.call<{ "list_tasks": PendingTask }>(
      "list_tasks",
      { filter: json(toDocument({ ...filter, before })), limit: PAGE_SIZE },
      { retry: true },
    );
    if (rows.some(({ list_tasks: task }) => test(task))) return true;
    if (rows.length < PAGE_SIZE) return false;
    before = rows[rows.length - 1].list_tasks.task_id;
  }
}
