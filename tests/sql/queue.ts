/**
 * Short forms of the schema's functions, for the tests of this folder.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Database, type DatabaseSession, json } from "../../lib/database.ts";
import { AbsurdError } from "../../lib/errors.ts";

/** Anything that a call can be made on. */
export type Session = Database | DatabaseSession;

/** A row with keys as the schema writes them. */
// deno-lint-ignore no-explicit-any -- tests name the columns that they mean, and fail when one is missing
export type Row = Record<string, any>;

/** A claim, as tests pass it around. */
export interface Claim {
  /** The task. */
  readonly id: string;
  /** Number of the claim. */
  readonly attempt: number;
  /** The row that `claim_tasks` returned. */
  readonly row: Row;
}

/** The queue that is meant when a test names none. */
export const QUEUE = "q";

/** Calls a function of the schema. */
export function rows(session: Session, name: string, args: Row = {}): Promise<Row[]> {
  const isJson = (value: unknown) => typeof value === "object" && value !== null && !isTextArray(value);
  return session.call<Row>(
    name,
    Object.fromEntries(
      Object.entries(args).map(([key, value]) => [key, isJson(value) ? json(value) : value]),
    ),
  );
}

function isTextArray(value: object): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string");
}

/** Calls a function that returns one value. */
export async function value<T = string>(session: Session, name: string, args: Row = {}): Promise<T> {
  const [row] = await rows(session, name, args);
  return row[name.split(".").at(-1)!] as T;
}

/** Spawns a task and returns its id. */
export async function spawn(
  session: Session,
  options: Row = {},
  { name = "work", queue = QUEUE, params = {} }: { name?: string; queue?: string; params?: Row } = {},
): Promise<string> {
  const [row] = await rows(session, "spawn_task", { queue_name: queue, task_name: name, params, options });
  return row.task_id;
}

/** Spawns a workflow of steps `{name: [parents]}`; returns its id and those of its steps. */
export async function spawnGraph(
  session: Session,
  steps: Record<string, (string | Row)[]>,
  options: Row = {},
): Promise<{ workflow: string; tasks: Record<string, string> }> {
  const list = Object.entries(steps).map(([name, parents]) => ({
    name,
    "task_name": name,
    "depends_on": parents,
  }));
  const found = await rows(session, "spawn_workflow", {
    workflow: { name: "graph", "queue_name": QUEUE, steps: list, ...options },
  });
  return {
    workflow: found[0].workflow_id,
    tasks: Object.fromEntries(found.map((row) => [row.step_name, row.task_id])),
  };
}

/** Claims up to `limit` tasks. */
export async function claim(
  session: Session,
  limit = 1,
  { worker = "w1", queues = [QUEUE], names, settings = {} }: {
    worker?: string;
    queues?: string[];
    names?: string[];
    settings?: Row;
  } = {},
): Promise<Claim[]> {
  const found = await rows(session, "claim_tasks", {
    "worker_id": worker,
    "queue_names": queues,
    limit,
    "task_names": names,
    settings,
  });
  return found.map((row) => ({ id: row.task_id, attempt: row.attempt, row }));
}

/** Claims the one task that must be there. */
export async function claimOne(session: Session, options: Parameters<typeof claim>[2] = {}): Promise<Claim> {
  const [found] = await claim(session, 1, options);
  assert.ok(found, "nothing can be claimed");
  return found;
}

/** Completes a claim and returns the outcome. */
export async function complete(
  session: Session,
  { id, attempt }: Pick<Claim, "id" | "attempt">,
  result: unknown = null,
): Promise<string> {
  const [row] = await rows(session, "complete_tasks", { outcomes: [{ "task_id": id, attempt, result }] });
  return row.outcome;
}

/** Fails a claim and returns the answer. */
export async function fail(session: Session, { id, attempt }: Claim, options: Row = {}): Promise<Row> {
  const outcome = { "task_id": id, attempt, reason: "error", message: "boom", ...options };
  const [row] = await rows(session, "fail_tasks", { outcomes: [outcome] });
  return row;
}

/** Fails a claim for good. */
export function failForGood(session: Session, held: Claim): Promise<Row> {
  return fail(session, held, { permanent: true });
}

/** The document of a task. */
export async function task(session: Session, id: string): Promise<Row> {
  return await value<Row>(session, "get_task", { "task_id": id });
}

/** The states of tasks, in the order of their ids' names. */
export async function states(
  session: Session,
  tasks: Record<string, string>,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, id] of Object.entries(tasks)) found[name] = (await task(session, id)).state;
  return found;
}

/** Claims and completes tasks one after the other until nothing is ready. */
export async function drain(session: Session): Promise<string[]> {
  const done: string[] = [];
  for (let [held] = await claim(session); held; [held] = await claim(session)) {
    done.push(held.row.step_name ?? held.row.task_name);
    await complete(session, held, { made: held.row.step_name });
  }
  return done;
}

/** Checks that a call is refused with a SQLSTATE, and returns the error. */
export async function refused(
  call: Promise<unknown>,
  sqlState: string,
  message?: RegExp,
): Promise<AbsurdError> {
  const error = await call.then(() => null, (reason) => reason);
  assert.ok(error instanceof AbsurdError, `was not refused: ${error}`);
  assert.equal(error.sqlState, sqlState, error.message);
  if (message) assert.match(error.message, message);
  return error;
}

/** Waits until the session with process id `pid` waits for a lock. */
export async function untilBlocked(session: Session, pid: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const [{ blocked }] = await session.query<{ blocked: boolean }>(
      "select cardinality(pg_blocking_pids($1)) > 0 as blocked",
      [pid],
    );
    if (blocked) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`process ${pid} never waited for a lock`);
}

/** The process id of a session's server process. */
export async function pidOf(session: Session): Promise<number> {
  const [{ pid }] = await session.query<{ pid: number }>("select pg_backend_pid() as pid");
  return pid;
}

/**
 * How many entries of indexes of the schema are read while `act` has a transaction of its own, which is kept. Counted
 * from its start: what the server has not yet reported of earlier transactions stands in the same counters.
 */
export async function entriesRead(
  database: Database,
  indexes: readonly string[],
  act: (session: DatabaseSession) => Promise<unknown>,
): Promise<number> {
  return await database.session(async (session) => {
    const count = async () =>
      (await session.query<{ count: number }>(
        "select sum(pg_stat_get_xact_tuples_returned(('absurd.' || i)::regclass))::int as count from unnest($1::text[]) as i",
        [indexes],
      ))[0].count;
    await session.script("begin");
    const before = await count();
    await act(session);
    const read = await count() - before;
    await session.script("commit");
    return read;
  });
}
