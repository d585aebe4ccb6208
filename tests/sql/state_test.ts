import { withDatabase } from "../support/database.ts";
import { refused, type Session, spawn } from "./queue.ts";

async function change(session: Session, set: string): Promise<void> {
  await session.query(`update absurd.tasks set ${set}`);
}

const OVER = "finished_at = now()";
const CLAIM = "worker_id = 'w', claimed_at = now(), heartbeat_at = now()";
const NO_CLAIM = "worker_id = null, claimed_at = null, heartbeat_at = null";

/** What goes on in turn, from a task that is ready; each line sets all that it has to. */
const FITTING = [
  "state = 'scheduled'",
  "state = 'blocked', open_parents = 2",
  `state = 'cancelled', status = 'cancelled', ${OVER}, cause_task_id = task_id`,
  "state = 'ready', status = 'pending', open_parents = 0, finished_at = null, cause_task_id = null",
  `state = 'claimed', status = 'claimed', ${CLAIM}`,
  `state = 'failed', status = 'failed', ${OVER}, error_reason = 'exit'`,
  `state = 'completed', status = 'completed', ${OVER}, result = '1', report = '{}'`,
];

/** What does not go, from a task that is ready. */
const UNFITTING = [
  "state = 'lost'",
  "state = 'ready', status = 'claimed'",
  "state = 'claimed'",
  `state = 'claimed', status = 'claimed', ${NO_CLAIM}`,
  `state = 'claimed', status = 'claimed', ${CLAIM}, open_parents = 1`,
  `state = 'claimed', status = 'claimed', ${CLAIM}, result = '1'`,
  `state = 'completed', ${OVER}`,
  "state = 'completed', status = 'completed'",
  `state = 'completed', status = 'completed', ${OVER}, cause_task_id = task_id`,
  `state = 'completed', status = 'completed', ${OVER}, open_parents = 1`,
  `state = 'failed', status = 'failed', ${OVER}, error_reason = null`,
  "state = 'failed', status = 'failed', error_reason = 'exit'",
  `state = 'failed', status = 'failed', ${OVER}, error_reason = 'exit', report = '{}'`,
  "state = 'cancelled', status = 'cancelled'",
  `state = 'cancelled', status = 'cancelled', ${OVER}, result = '1'`,
  "state = 'blocked'",
  "state = 'scheduled', open_parents = 1",
  "open_parents = 1",
  OVER,
  "result = '1'",
  "report = '{}'",
  "cause_task_id = task_id",
  "state = 'scheduled', status = 'scheduled'",
];

Deno.test("in tests, a task has what its state says, and nothing else, whoever writes it", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    for (const set of UNFITTING) await refused(change(database, set), "23514", /columns_fit_the_state/);
    for (const set of FITTING) await change(database, set);
  });
});
