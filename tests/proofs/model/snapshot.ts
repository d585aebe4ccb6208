/**
 * What the database holds, in one query, and its comparison with the model.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { DatabaseSession } from "../../../lib/database.ts";
import { longestBackoffMs } from "./ends.ts";
import type { Model } from "./model.ts";
import { holdsKey, isBad, stateOf, workflowStatus } from "./rules.ts";
import type { Task } from "./types.ts";

/** A task as the database has it. */
export interface TaskRow {
  readonly id: string;
  readonly state: string;
  readonly status: string;
  readonly attempt: number;
  readonly failures: number;
  readonly retries: number;
  readonly priority: number;
  readonly worker: string | null;
  readonly result: unknown;
  readonly cause: string | null;
  readonly open: number;
  readonly run: number;
  readonly finished: number | null;
  /** When the claim last gave a sign of life. */
  readonly beat: number | null;
  /** Since when its worker is suspected to be gone. */
  readonly suspected: number | null;
  readonly edges: string[];
  readonly attempts: string[];
  readonly told: string | null;
}

/** All that is compared. */
export interface Snapshot {
  readonly tasks: TaskRow[];
  readonly workflows: { readonly id: string; readonly status: string }[];
  readonly letters: string[];
  /** Keys that somebody holds. */
  readonly keys: string[];
  readonly dying: { readonly id: string; readonly attempt: number; readonly ends: number }[];
  readonly reservations: string[];
  readonly stats: Record<string, number | string | boolean | null>[];
}

const MS = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

/** Everything at once, so that a step costs one round trip; a function of PL/pgSQL, which is planned once only. */
const SNAPSHOT = `
create or replace function absurd_test.snapshot() returns jsonb language plpgsql as $$
begin
return jsonb_build_object(
  'tasks', coalesce((select jsonb_agg(jsonb_build_object(
    'id', t.task_id, 'state', t.state, 'status', t.status, 'attempt', t.attempt, 'failures', t.failures,
    'retries', t.max_retries, 'priority', t.priority, 'result', t.result, 'cause', t.cause_task_id,
    'worker', case when t.state = 'claimed' then t.worker_id end, 'open', t.open_parents,
    'beat', case when t.state = 'claimed' then ${MS("t.heartbeat_at")} end,
    'suspected', case when t.state = 'claimed' then ${MS("t.suspected_at")} end,
    'run', ${MS("t.run_at")}, 'finished', ${MS("t.finished_at")},
    'edges', array(
      select d.parent_id || case when d.satisfied or p.state = 'completed' then ' satisfied' else ' open' end
      from absurd.dependencies as d left join absurd.tasks as p on p.task_id = d.parent_id
      where d.task_id = t.task_id order by 1
    ),
    'attempts', array(
      select a.attempt || ' ' || a.worker_id || ' ' || a.outcome
      from absurd._attempts_of(t.task_id) as a order by a.attempt
    ),
    'told', (
      select e.status from absurd.event_batches as e
      where (e.task_id = t.task_id or t.task_id = any (e.task_ids)) and e.kind = 'task'
      order by e.event_id desc limit 1
    )
  ) order by t.task_id) from absurd.tasks as t), '[]'),
  'workflows', coalesce((select jsonb_agg(jsonb_build_object('id', w.workflow_id, 'status', w.status)
    order by w.workflow_id) from absurd.workflows as w), '[]'),
  'letters', array(
    select d.task_id || ' ' || d.attempt || case when d.replayed_at is null then ' waiting' else ' replayed' end
    from absurd.dead_letters as d order by 1
  ),
  'keys', array(
    select k.queue_name || ' ' || k.kind || ' ' || k.key || ' ' || k.holder_id
    from absurd.idempotency_keys as k where k.free_at is null or k.free_at > absurd.clock() order by 1
  ),
  'dying', coalesce((select jsonb_agg(jsonb_build_object(
    'id', d.task_id, 'attempt', d.attempt, 'ends', ${MS("d.lease_ends_at")}
  )) from absurd.dying_claims as d), '[]'),
  'reservations', array(
    select r.reservation_id || ' ' || r.worker_id || ' ' || r.open || ' ' || r.task_ids::text
    from absurd.reservations as r order by r.reservation_id
  ),
  'stats', coalesce((select jsonb_agg(to_jsonb(s)) from absurd.get_queue_stats() as s), '[]')
);
end;
$$`;

/** Makes a database able to be read by {@linkcode readSnapshot}. */
export async function prepareSnapshot(session: DatabaseSession): Promise<void> {
  await session.query(SNAPSHOT);
}

/** Reads everything. */
export async function readSnapshot(session: DatabaseSession): Promise<Snapshot> {
  const [{ snapshot }] = await session.call<{ snapshot: Snapshot }>("absurd_test.snapshot");
  return snapshot;
}

/**
 * Lets the model take over what chance decides: how long a failed task waits.
 *
 * @throws AssertionError when the schema drew something that is not allowed.
 */
export function adoptBackoff(model: Model, { tasks }: Snapshot): void {
  const rows = new Map(tasks.map((row) => [row.id, row]));
  for (const task of model.kept().filter(({ notBefore }) => Number.isNaN(notBefore))) {
    const row = rows.get(task.id);
    assert.ok(row, `task ${task.id} has disappeared`);
    const wait = row.run - task.failedAt;
    const longest = longestBackoffMs(task);
    assert.ok(wait >= 0 && wait <= longest, `task ${task.id} waits ${wait} ms, of ${longest} ms at most`);
    task.notBefore = row.run;
  }
}

/** Compares what the database holds with what the model says. */
export function compare(model: Model, snapshot: Snapshot): void {
  const { now } = model;
  const tasks = model.kept();
  assert.deepEqual(
    snapshot.tasks.map((row) => taskLine(row, snapshot, now)),
    tasks.toSorted(byId).map((task) => modelLine(task, now)),
  );
  for (const row of snapshot.tasks) checkCause(row, model);
  assert.deepEqual(
    snapshot.workflows.map(({ id, status }) => `${id} ${status}`),
    model.workflows.filter(({ pruned }) => !pruned).toSorted(byId)
      .map((workflow) => `${workflow.id} ${workflowStatus(workflow)}`),
  );
  assert.deepEqual(
    snapshot.letters,
    model.letters.map(({ task, attempt, replayed }) =>
      `${task.id} ${attempt} ${replayed ? "replayed" : "waiting"}`
    )
      .toSorted(),
  );
  assert.deepEqual(
    snapshot.dying.filter(({ ends }) => ends > now).map(({ id, attempt, ends }) => `${id} ${attempt} ${ends}`)
      .toSorted(),
    // Also of tasks that retention has forgotten: the processes are still there.
    model.tasks.flatMap((task) => task.dying.map((claim) => ({ task, ...claim })))
      .filter(({ leaseEndsAt }) => leaseEndsAt > now)
      .map(({ task, attempt, leaseEndsAt }) => `${task.id} ${attempt} ${leaseEndsAt}`).toSorted(),
  );
  assert.deepEqual(snapshot.keys.toSorted(), heldKeys(model), "keys that are held");
  assert.deepEqual(
    snapshot.reservations,
    model.reservations.map(({ id, worker, open, named }) =>
      `${id} ${worker} ${open} {${named.map((task) => task.id)}}`
    ),
  );
  compareStatistics(model, snapshot);
}

function heldKeys({ tasks, workflows, now }: Model): string[] {
  const line = (kind: string) => ({ queue, key, id }: { queue: string; key: string | null; id: string }) =>
    `${queue} ${kind} ${key} ${id}`;
  return [
    ...tasks.filter((task) => holdsKey(task, now)).map(line("task")),
    ...workflows.filter((workflow) => holdsKey(workflow, now)).map(line("workflow")),
  ].toSorted();
}

function compareStatistics(model: Model, { stats }: Snapshot): void {
  for (const row of stats) {
    const tasks = model.kept().filter(({ queue }) => queue === row.queue_name);
    const count = (status: string) => tasks.filter((task) => task.status === status).length;
    const told = ["pending", "claimed", "completed", "failed", "cancelled"].map((status) => row[status]);
    const expected = ["pending", "claimed", "completed", "failed", "cancelled"].map(count);
    assert.deepEqual(told, expected, `statistics of queue ${row.queue_name}`);
    assert.equal(row.paused, model.paused.has(row.queue_name as string));
    const waiting = model.letters.filter(({ task, replayed }) => !replayed && task.queue === row.queue_name);
    assert.equal(row.dead_letters, waiting.length, `dead letters of queue ${row.queue_name}`);
  }
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}

/** A task in one line, so that a difference is read at a glance. */
function taskLine(row: TaskRow, { dying }: Snapshot, now: number): string {
  const dies = dying.some(({ id, ends }) => id === row.id && ends > now);
  // What has become due is promoted when somebody claims; until then it still says scheduled.
  const state = row.state === "scheduled" && row.run <= now && !dies ? "ready" : row.state;
  return [
    row.id,
    row.status,
    state,
    `attempt ${row.attempt}`,
    `failures ${row.failures}`,
    `priority ${row.priority}`,
    `of ${row.attempt > 0 ? row.retries : "-"}`,
    `by ${row.worker}`,
    `edges ${row.edges}`,
    `history ${row.attempts}`,
    `result ${JSON.stringify(row.result)}`,
    `finished ${row.finished}`,
    `beat ${row.beat}, suspected ${row.suspected}`,
  ].join(", ");
}

function modelLine(task: Task, now: number): string {
  const edges = task.edges.map(({ parent, satisfied }) => `${parent.id}${satisfied ? " satisfied" : " open"}`)
    .toSorted();
  return [
    task.id,
    task.status,
    stateOf(task, now),
    `attempt ${task.attempt}`,
    `failures ${task.failures}`,
    `priority ${task.priority}`,
    `of ${task.attempt > 0 ? task.maxRetries : "-"}`,
    `by ${task.claim?.worker ?? null}`,
    `edges ${edges}`,
    `history ${task.attempts.map(({ attempt, worker, outcome }) => `${attempt} ${worker} ${outcome}`)}`,
    `result ${JSON.stringify(task.result)}`,
    `finished ${task.finishedAt}`,
    `beat ${task.claim?.heartbeatAt ?? null}, suspected ${task.claim?.suspectedAt ?? null}`,
  ].join(", ");
}

/** The cause of a cascade is a task above that ended badly by itself; the model does not say which of several. */
function checkCause({ id, cause }: TaskRow, model: Model): void {
  const task = model.tasks.find((one) => one.id === id)!;
  assert.equal(cause !== null, task.cascaded, `task ${id} has the cause ${cause}`);
  if (cause === null) return;
  model.causes.set(id, cause);
  const root = model.tasks.find((one) => one.id === cause);
  assert.ok(root && isBad(root.status) && !root.cascaded, `the cause ${cause} of ${id} is no root`);
}
