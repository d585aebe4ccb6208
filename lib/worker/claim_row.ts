/**
 * What a worker reads of the tasks that it claims: a row for each, or, where it claims very many, a row for all that are
 * alike. Each row and each column costs then.
 *
 * @module
 */

import type { ClaimedTask, JsonObject } from "../task.ts";

/** What is the same for a row of either kind. */
interface Kind {
  readonly "task_name": string;
  readonly "queue_name": string;
  readonly attempt: number;
  readonly "workflow_id": string | null;
  readonly failures: number;
  readonly "max_retries": number;
  readonly "timeout_sec": number;
  readonly "stands_alone": boolean;
}

/** A row of `claim_tasks`. */
export interface ClaimRow extends Kind {
  readonly "task_id": string;
  readonly params: JsonObject;
  readonly inputs: JsonObject;
  readonly "step_name": string | null;
}

/** Its columns. */
export const CLAIM_COLUMNS: readonly (keyof ClaimRow)[] = [
  "task_id",
  "task_name",
  "queue_name",
  "attempt",
  "params",
  "inputs",
  "workflow_id",
  "step_name",
  "failures",
  "max_retries",
  "timeout_sec",
  "stands_alone",
];

/** A row of `claim_alike`: tasks that differ in what stands in lists only. */
export interface AlikeRow extends Kind {
  readonly priority: number;
  readonly "task_ids": readonly string[];
  readonly params: readonly JsonObject[];
  readonly "step_names": readonly string[] | null;
  readonly inputs: readonly JsonObject[] | null;
  readonly "reservation_id": string | null;
}

/** The task of a row. */
export function claimedTask(row: ClaimRow): ClaimedTask {
  return taskOf(row, {
    taskId: row.task_id,
    params: row.params,
    inputs: row.inputs,
    stepName: row.step_name,
    reservationId: null,
  });
}

/** The tasks of the rows, in the order in which they were claimed. */
export function alikeTasks(rows: readonly AlikeRow[]): ClaimedTask[] {
  if (rows.length === 1) return tasksOf(rows[0]);
  const byPriority = Map.groupBy(rows, ({ priority }) => priority);
  return [...byPriority.keys()].sort((one, other) => other - one)
    .flatMap((priority) =>
      byPriority.get(priority)!.flatMap(tasksOf).sort((one, other) => one.taskId < other.taskId ? -1 : 1)
    );
}

function tasksOf(row: AlikeRow): ClaimedTask[] {
  return row.task_ids.map((taskId, index) =>
    taskOf(row, {
      taskId,
      params: row.params[index],
      inputs: row.inputs?.[index] ?? {},
      stepName: row.step_names?.[index] ?? null,
      reservationId: row.reservation_id,
    })
  );
}

/** What each task has of its own. */
type Own = Pick<ClaimedTask, "taskId" | "params" | "inputs" | "stepName" | "reservationId">;

/** Written out, because this costs a fraction of what `fromDocument` does. */
function taskOf(kind: Kind, own: Own): ClaimedTask {
  return {
    taskId: own.taskId,
    taskName: kind.task_name,
    queueName: kind.queue_name,
    attempt: kind.attempt,
    params: own.params,
    inputs: own.inputs,
    workflowId: kind.workflow_id,
    stepName: own.stepName,
    failures: kind.failures,
    maxRetries: kind.max_retries,
    timeoutSec: kind.timeout_sec,
    standsAlone: kind.stands_alone,
    reservationId: own.reservationId,
  };
}
