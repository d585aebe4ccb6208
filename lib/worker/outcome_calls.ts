/**
 * How outcomes are written, each kind by a function of the database.
 *
 * @module
 */

import { type DatabaseCalls, once, SqlJson } from "../database.ts";
import { fromDocument } from "../document.ts";
import { claimName } from "./claim_id.ts";
import { type Outcome, outcomeText } from "./outcome.ts";

/** Answer to an outcome. */
export interface OutcomeAnswer {
  /** `ok`, or why it was not accepted; the last three failed the attempt. */
  readonly outcome: "ok" | "stale" | "cancelled" | "too_large" | "invalid" | "sink_failed";
  /** More about it. */
  readonly message: string | null;
  /** Status of the task after a failure. */
  readonly status?: string;
  /** When it will be retried. */
  readonly retryAt?: Date | null;
}

/** What is read of the answers to outcomes, which come in their order. */
const ANSWER_COLUMNS = ["outcome", "message"];
const ACCEPTED: OutcomeAnswer = { outcome: "ok", message: null };
const FAILURE_COLUMNS = [...ANSWER_COLUMNS, "status", "retry_at"];

/** Array functions that take outcomes. */
export type OutcomeFunction = "complete_tasks" | "fail_tasks" | "release_tasks" | "acknowledge_tasks";

/** A completion that was not accepted. */
type BadRow = OutcomeAnswer & { readonly "task_id": string; readonly attempt: number };

/** Writes a batch of outcomes, all for the function `name` and of one reservation, or none. Answers come in their order. */
export async function writeOutcomes(
  database: DatabaseCalls,
  name: OutcomeFunction,
  batch: readonly Outcome[],
): Promise<OutcomeAnswer[]> {
  const [{ reservationId }] = batch;
  if (name === "complete_tasks") return await complete(database, batch);
  if (name === "release_tasks" && reservationId) {
    const args = { "reservation_id": reservationId, "task_ids": batch.map(({ task }) => task.taskId) };
    await database.call("release_reserved", args, { retry: true });
    return batch.map(() => ACCEPTED);
  }
  const outcomes = new SqlJson(`[${batch.map(outcomeText).join(",")}]`);
  if (name !== "fail_tasks") return await database.call(name, { outcomes }, { columns: ANSWER_COLUMNS });
  const rows = await database.call(name, { outcomes }, { columns: FAILURE_COLUMNS });
  return rows.map((row) => fromDocument<OutcomeAnswer>(row));
}

/** As arrays, which cost the server least, and asking only for what is not as it should be. */
async function complete(
  database: DatabaseCalls,
  batch: readonly Outcome[],
): Promise<OutcomeAnswer[]> {
  const [{ reservationId, task: { standsAlone = null } }] = batch; // a batch is alike in these
  const ends = {
    "task_ids": batch.map(({ task }) => task.taskId),
    attempts: once(batch.map(({ task }) => task.attempt)),
    results: once(batch.map(({ parts }) => parts.result === "null" ? null : parts.result!)),
    reports: once(batch.map(({ parts }) => parts.report)),
  };
  const columns = { columns: ["task_id", "attempt", ...ANSWER_COLUMNS] };
  const rows = reservationId
    ? await database.call<BadRow>("complete_reserved", { "reservation_id": reservationId, ...ends }, columns)
    : await database.call<BadRow>("complete_claims", { ...ends, "stand_alone": standsAlone }, columns);
  if (rows.length === 0) return batch.map(() => ACCEPTED);
  const bad = new Map(rows.map((row) => [claimName({ taskId: row.task_id, attempt: row.attempt }), row]));
  return batch.map(({ task }) => bad.get(claimName(task)) ?? ACCEPTED);
}
