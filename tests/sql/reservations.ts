/**
 * Short forms for tasks that are reserved, for the tests of this folder.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type AlikeRow, alikeTasks } from "../../lib/worker/claim_row.ts";
import type { Database } from "../../lib/database.ts";
import { readClock, setClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import { QUEUE, type Row, rows, type Session, spawn } from "./queue.ts";

/** Spawns a task of each priority; their ids. */
export async function spawnMany(session: Session, priorities: readonly number[]): Promise<string[]> {
  const ids: string[] = [];
  for (const priority of priorities) ids.push(await spawn(session, { priority }));
  return ids;
}

/** Runs `test` with time standing still: then no second passes after which a look begins at the start. */
export async function atOneTime(test: (database: Database) => Promise<void>): Promise<void> {
  await withDatabase(async (database) => {
    await setClock(database, await readClock(database));
    await test(database);
  });
}

/** What a worker got of `claim_alike`. */
export interface Got {
  /** The reservation; null where tasks were claimed, or nothing was found. */
  readonly id: string | null;
  /** The tasks, in the order of their turns. */
  readonly tasks: string[];
  /** The number that the attempt at each of them has, or will have. */
  readonly attempts: number[];
  /** By task: its workflow, its step there, and its inputs. */
  readonly told: Record<string, unknown[]>;
}

/** What is asked of `claim_alike`, besides that it may reserve. */
export interface Asked {
  /** Who asks. */
  readonly worker?: string;
  /** Of which queues. */
  readonly queues?: string[];
  /** Of which names only. */
  readonly names?: string[];
  /** Settings of the worker. */
  readonly settings?: Row;
}

/** Asks for up to `limit` tasks, which may be reserved: what came of each reservation, or of a claim. */
export async function askAll(
  session: Session,
  limit: number,
  { worker = "w1", queues = [QUEUE], names, settings = {} }: Asked = {},
): Promise<Got[]> {
  const found = (await rows(session, "claim_alike", {
    "worker_id": worker,
    "queue_names": queues,
    limit,
    "task_names": names,
    settings,
    "may_reserve": true,
  })) as unknown as AlikeRow[];
  return [...Map.groupBy(found, (row) => row.reservation_id)].map(([id, alike]) => {
    const tasks = alikeTasks(alike);
    return {
      id,
      tasks: tasks.map(({ taskId }) => taskId),
      attempts: tasks.map(({ attempt }) => attempt),
      told: Object.fromEntries(
        tasks.map(({ taskId, workflowId, stepName, inputs }) => [taskId, [workflowId, stepName, inputs]]),
      ),
    };
  });
}

/** Asks as {@linkcode askAll} does, where no more than one reservation may come of it. */
export async function ask(session: Session, limit: number, asked: Asked = {}): Promise<Got> {
  const got = await askAll(session, limit, asked);
  assert.ok(got.length <= 1, `one call makes one reservation: ${got.map(({ id }) => id)}`);
  return got[0] ?? { id: null, tasks: [], attempts: [], told: {} };
}

/** Asks as {@linkcode ask} does, where a reservation has to come of it. */
export async function reserve(
  session: Session,
  limit: number,
  asked: Asked = {},
): Promise<Got & { readonly id: string }> {
  const { id, ...rest } = await ask(session, limit, asked);
  assert.ok(id !== null, "nothing was reserved");
  return { id, ...rest };
}

/** Completes tasks of a reservation at their first attempts, each with a result; the answers that are not "ok". */
export async function completeReserved(
  session: Session,
  id: string,
  ends: readonly (readonly [task: string, result: unknown, attempt?: number])[],
): Promise<[task: string, outcome: string][]> {
  const answers = await session.call<Row>("complete_reserved", {
    "reservation_id": id,
    "task_ids": ends.map(([task]) => task),
    attempts: ends.map(([, , attempt = 1]) => attempt),
    results: ends.map(([, result]) => JSON.stringify(result)),
    reports: ends.map((_, index) => JSON.stringify({ "duration_ms": index })),
  });
  return answers.map(({ task_id, outcome }) => [task_id, outcome]);
}

/** What is kept of reservations, the oldest first. */
export function reservations(session: Session): Promise<Row[]> {
  return session.query<Row>("select * from absurd.reservations order by reservation_id");
}

/** How many tasks each reservation still holds. */
export async function open(session: Session): Promise<number[]> {
  return (await reservations(session)).map((row) => row.open);
}
