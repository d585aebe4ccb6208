/**
 * What workers do that reserve, on the schema and on the model.
 *
 * @module
 */

import assert from "node:assert/strict";
import { json } from "../../../lib/database.ts";
import { type AlikeRow, alikeTasks } from "../../../lib/worker/claim_row.ts";
import { type Action, type Pick, WORKERS } from "./actions.ts";
import { both } from "./calls.ts";
import type { ClaimRequest } from "./requests.ts";
import {
  claimReserved,
  completeReserved,
  forgetReservations,
  releaseReserved,
  reserve,
  type ReservedToken,
} from "./reservations.ts";
import type { Place } from "./spawning.ts";
import type { Tokens } from "./tokens.ts";
import { inputsOf } from "./rules.ts";
import type { Reservation } from "./types.ts";

/** Every reservation there ever was, with what its worker was given. */
export class KnownReservations {
  readonly #all: ReservedToken[][] = [];

  /** Remembers one. */
  add(tokens: ReservedToken[]): void {
    this.#all.push(tokens);
  }

  /** Some of one of them, mostly of one of the last. */
  pick(which: Pick, picks: readonly Pick[]): ReservedToken[] {
    const from = which % 4 === 0 ? this.#all : this.#all.slice(-2);
    const tokens = (from[which % from.length] ?? []).filter(({ task }) => !task.pruned);
    return tokens.length === 0 ? [] : [...new Set(picks.map((pick) => tokens[pick % tokens.length]))];
  }
}

/** Reserves, or claims where that cannot be. */
export async function playReserve(
  { session, model }: Place,
  { claims, reservations }: { claims: Tokens; reservations: KnownReservations },
  { worker, queue, limit, retries }: { worker: number; queue: string; limit: number; retries: number },
): Promise<void> {
  const request: ClaimRequest = { worker: WORKERS[worker], queues: [queue], limit, names: null, retries };
  const [{ rows, answer }] = await both(session, "claim_alike", {
    "worker_id": request.worker,
    "queue_names": request.queues,
    limit,
    settings: json({ defaults: { "max_retries": retries } }),
    "may_reserve": true,
  }, (found) => {
    const reserved = reserve(model, found?.[0]?.reservation_id, request);
    return { reserved, claimed: reserved.length > 0 ? [] : model.claim(request) };
  });
  const { reserved, claimed } = answer;
  const expected = [
    ...reserved.map((one) => ({ ...one, maxRetries: retries, inputs: inputsOf(one.task) })),
    ...claimed.map((one) => ({ ...one, maxRetries: one.task.maxRetries })),
  ];
  assert.deepEqual(
    new Map(alikeTasks(rows as AlikeRow[]).map((one) => [one.taskId, told(one, one.stepName)])),
    new Map(expected.map((one) => [one.task.id, told(one, one.task.step)])),
  );
  assert.equal(rows.every((row) => row.reservation_id !== null), claimed.length === 0);
  if (reserved.length > 0) reservations.add(reserved);
  for (const { task, attempt } of claimed) claims.add({ task, attempt, worker: request.worker });
}

function told(
  { attempt, maxRetries, inputs }: { attempt: number; maxRetries: number; inputs: object },
  step: string | null,
): unknown {
  return { attempt, maxRetries, inputs, step };
}

/** Ends what is reserved, or claims it, rightly or wrongly. */
export async function playReserved(
  { session, model }: Place,
  { claims, reservations }: { claims: Tokens; reservations: KnownReservations },
  { verb, which, picks }: Extract<Action, { type: "reserved" }>,
): Promise<void> {
  const tokens = reservations.pick(which, picks);
  if (tokens.length === 0) return;
  const args = { "reservation_id": tokens[0].reservation.id, "task_ids": tokens.map(({ task }) => task.id) };
  if (verb === "release") {
    await both(session, "release_reserved", args, () => releaseReserved(model, tokens));
  } else if (verb === "claim") {
    const [{ rows, answer }] = await both(
      session,
      "claim_reserved",
      args,
      () => claimReserved(model, tokens),
    );
    assert.deepEqual(
      rows.map((row) => `${row.task_id} ${row.attempt}`).toSorted(),
      answer.map(({ id, attempt }) => `${id} ${attempt}`).toSorted(),
    );
    for (const task of answer) {
      claims.add({ task, attempt: task.attempt, worker: tokens[0].reservation.worker });
    }
  } else {
    const results = tokens.map(({ task, attempt }) => ({ of: task.age, attempt }));
    const [{ rows, answer }] = await both(session, "complete_reserved", {
      ...args,
      attempts: tokens.map(({ attempt }) => attempt),
      results: results.map((result) => JSON.stringify(result)),
      reports: tokens.map(() => "{}"),
    }, () => completeReserved(model, tokens, results));
    assert.deepEqual(
      rows.map((row) => `${row.task_id} ${row.attempt} ${row.outcome}`).toSorted(),
      tokens.map(({ task, attempt }, index) => `${task.id} ${attempt} ${answer[index]}`)
        .filter((told) => !told.endsWith(" ok")).toSorted(),
    );
  }
}

/** A worker tells what it knows of its reservations: all, or all but the last. */
export async function playForget(
  { session, model }: Place,
  { worker, all }: Extract<Action, { type: "forget" }>,
): Promise<void> {
  const mine = model.reservations.filter((one: Reservation) => one.worker === WORKERS[worker]);
  const known = all ? [] : mine.slice(0, -1);
  const args = { "worker_id": WORKERS[worker], known: known.map(({ id }) => id) };
  await both(session, "forget_reservations", args, () => forgetReservations(model, WORKERS[worker], known));
}
