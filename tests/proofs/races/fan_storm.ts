/**
 * All that can happen to the children of tasks that have very many, from several connections: they are freed or reserved
 * as they are, complete, fail, are given back, cancelled and opened again. No deadlock, each edge counts once, and in the
 * end everything has run.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Database } from "../../../lib/database.ts";
import { AbsurdError } from "../../../lib/errors.ts";
import { advanceClock } from "../../support/clock.ts";
import { type Row, rows, spawnGraph } from "../../sql/queue.ts";
import { askAll, completeReserved, type Got } from "../../sql/reservations.ts";
import { freeAtOnce } from "../support/freeing.ts";
import { checkRows, deadlocks } from "./race.ts";
import { EXPECTED, randomFrom } from "./storm.ts";

type Random = (bound: number) => number;

/** What a storm of fans did. */
export interface FanStormCounts {
  /** Reservations of children that were not free yet. */
  readonly direct: number;
  /** Reservations in all. */
  readonly reserved: number;
}

/**
 * Lets `workers` connections play `steps` rounds each.
 *
 * @throws AssertionError when a call failed otherwise than by a refusal, a deadlock was broken, a row is wrong, or
 *   something could not be run to its end afterwards.
 */
export async function fanStorm(
  database: Database,
  { seed, workers = 4, steps = 60 }: { seed: number; workers?: number; steps?: number },
): Promise<FanStormCounts> {
  await freeAtOnce(database, 3);
  const tasks = await spawnFan(database, randomFrom(seed));
  const counts = { direct: 0, reserved: 0 };
  await Promise.all(Array.from({ length: workers }, async (_, index) => {
    const random = randomFrom(seed + index);
    for (let step = 0; step < steps; step++) await round(database, `w${index}`, { random, tasks, counts });
  }));
  await checkRows(database);
  await finish(database, tasks);
  await checkRows(database);
  assert.equal(await deadlocks(database), 0);
  return counts;
}

/** A fan of twelve, of which one may wait for another task, too; returns its tasks. */
async function spawnFan(database: Database, random: Random): Promise<string[]> {
  const wide = Array.from({ length: 12 }, (_, index) => `c${index}`);
  const special: Record<string, (string | Row)[]> = random(3) > 0
    ? {}
    : { other: [], c3: ["first", { step: "other", "on_parent_failure": "ignore" }] };
  const { tasks } = await spawnGraph(database, {
    first: [],
    ...Object.fromEntries(wide.map((name) => [name, ["first"]])),
    ...special,
    last: wide,
  });
  return Object.values(tasks);
}

interface Round {
  readonly random: Random;
  readonly tasks: string[];
  readonly counts: { direct: number; reserved: number };
}

async function round(database: Database, worker: string, { random, tasks, counts }: Round): Promise<void> {
  if (random(12) === 0) tasks.push(...await spawnFan(database, random));
  const settings = { "lease_sec": 30, "heartbeat_sec": 5 };
  for (const got of await askAll(database, 1 + random(12), { worker, settings })) {
    if (got.id === null) {
      const outcomes = got.tasks.map((id, index) => ({
        "task_id": id,
        attempt: got.attempts[index],
        message: "storm",
      }));
      await rows(database, random(5) === 0 ? "fail_tasks" : "complete_tasks", { outcomes });
    } else {
      counts.reserved++;
      if (await isDirect(database, got.id)) counts.direct++;
      await endReservation(database, worker, got, random);
    }
  }
  if (random(9) === 0) await advanceClock(database, 31);
  await operate(database, tasks, random);
}

/** Whether a reservation is of children that were not free; not once it is over. */
async function isDirect(database: Database, id: string): Promise<boolean> {
  const rows = await database.query(
    "select from absurd.reservations where reservation_id = $1 and parent_id is not null",
    [id],
  );
  return rows.length > 0;
}

async function endReservation(
  database: Database,
  worker: string,
  { id, tasks, attempts }: Got,
  random: Random,
): Promise<void> {
  for (let act = 0; act < 2; act++) {
    const some = tasks.map((one, index) => [one, index, attempts[index]] as const).filter(() =>
      random(3) > 0
    );
    if (some.length === 0) continue;
    const named = { "reservation_id": id, "task_ids": some.map(([one]) => one) };
    const acts = [
      () => completeReserved(database, id!, some),
      () => completeReserved(database, id!, some),
      () => rows(database, "claim_reserved", named),
      () => rows(database, "release_reserved", named),
      () => rows(database, "forget_reservations", { "worker_id": worker, known: ["0"] }),
      () => Promise.resolve([]), // its worker is gone
    ];
    await acts[random(acts.length)]();
  }
}

async function operate(database: Database, tasks: readonly string[], random: Random): Promise<void> {
  const id = tasks[random(tasks.length)];
  const calls: readonly (readonly [string, Row])[] = [
    ["recover_claims", {}],
    ["cancel_task", { "task_id": id }],
    ["retry_task", { "task_id": id }],
    ["cancel_tasks", { "task_ids": [id, tasks[random(tasks.length)]] }],
    ["retry_tasks", { "task_ids": [...tasks] }],
    ["set_priority", { "task_id": id, priority: 1 }],
    ["explain_task", { "task_id": id }],
  ];
  const [name, args] = calls[random(3 * calls.length)] ?? ["get_queue_stats", {}];
  await rows(database, name, args).catch((error) => {
    if (!(error instanceof AbsurdError) || !EXPECTED.test(error.sqlState ?? "")) throw error;
  });
}

/** Opens again what ended badly, and runs until all has completed. */
async function finish(database: Database, tasks: readonly string[]): Promise<void> {
  for (let time = 0; time < 20; time++) {
    await advanceClock(database, 3_600); // leases and backoffs end
    for (let look = 0; look < 2; look++) {
      await rows(database, "recover_claims");
      await advanceClock(database, 60);
    }
    await rows(database, "retry_tasks", { "task_ids": tasks });
    for (const { id, tasks, attempts } of await askAll(database, 100)) {
      if (id === null) {
        const outcomes = tasks.map((one, index) => ({ "task_id": one, attempt: attempts[index] }));
        await rows(database, "complete_tasks", { outcomes });
      } else await completeReserved(database, id, tasks.map((one, index) => [one, null, attempts[index]]));
    }
  }
  const left = await database.query("select task_id, state from absurd.tasks where state <> 'completed'");
  assert.deepEqual(left, [], "not everything ran to its end");
}
