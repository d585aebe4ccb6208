/**
 * The rules that never break, looked at in the rows themselves and without the model's opinion of the last step.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Model } from "./model.ts";
import type { Snapshot, TaskRow } from "./snapshot.ts";

const STATUSES = ["pending", "claimed", "completed", "failed", "cancelled"];

/** Checks every task, and that none has disappeared. */
export function checkInvariants(model: Model, { tasks, dying, letters }: Snapshot): void {
  const ids = new Set(tasks.map(({ id }) => id));
  assert.equal(ids.size, tasks.length, "a task is there twice");
  for (const { id } of model.kept()) assert.ok(ids.has(id), `task ${id} has disappeared`);
  for (const row of tasks) checkTask(row, model);
  for (const { id, attempt } of dying) {
    const row = tasks.find((one) => one.id === id);
    if (!row) continue; // forgotten, while its processes are still there
    assert.ok(attempt <= row.attempt, `a claim of ${id} is dying that never was`);
    assert.ok(!(row.status === "claimed" && row.attempt === attempt), `a live claim of ${id} is dying`);
  }
  for (const letter of letters) assert.ok(ids.has(letter.split(" ")[0]), `letter ${letter} has no task`);
}

function checkTask(row: TaskRow, { forgetful }: Model): void {
  const { id, status, attempt, attempts, edges, open, told } = row;
  assert.ok(STATUSES.includes(status), `task ${id} has the status ${status}`);
  // Every claim but the live one is in the history, once, in order: the token was raised at each, and never reset.
  const numbers = attempts.map((one) => Number(one.split(" ")[0]));
  const expected = Array.from(
    { length: status === "claimed" ? attempt - 1 : attempt },
    (_, index) => index + 1,
  );
  assert.deepEqual(numbers, expected, `attempts of task ${id}`);
  if (status !== "cancelled") {
    const left = edges.filter((edge) => edge.endsWith(" open")).length;
    assert.equal(open, left, `task ${id} counts ${open} open parents, and has ${left}`);
  }
  if (told !== null || !forgetful) assert.equal(told, status, `the last event of task ${id}`);
}
