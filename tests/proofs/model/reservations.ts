/**
 * Reservations, in the reference model: a worker sets ready tasks aside, and nobody else gets them.
 *
 * @module
 */

import { complete, type Outcome, release, type Token } from "./ends.ts";
import type { Model } from "./model.ts";
import type { ClaimRequest } from "./requests.ts";
import { depthOf, stateOf } from "./rules.ts";
import { LEASE_MS, type Reservation, type Task } from "./types.ts";

/** Where tasks may have become ready before what is reserved, somebody looks so often. */
const LOOK_MS = 1_000;

/** What a worker is given of a reservation. */
export interface ReservedToken extends Token {
  readonly reservation: Reservation;
}

/** Reserves the best tasks, if all of them can be reserved and nothing but their number limits claims. */
export function reserve(model: Model, id: string, request: ClaimRequest): ReservedToken[] {
  const { worker, queues: [queue], limit, retries } = request;
  const tasks = choose(model, queue, limit);
  if (tasks === null) return [];
  const { found, lookedAt } = tasks;
  const last = found.at(-1)!;
  const reservation: Reservation = {
    id,
    worker,
    queue,
    named: found,
    open: found.length,
    end: { priority: last.priority, age: last.age },
    lookedAt,
    at: model.now,
    retries,
  };
  model.reservations.push(reservation);
  return found.map((task) => ({ task, attempt: task.attempt + 1, reservation }));
}

/** The tasks that a reservation would get, behind the others or from the start; null when they have to be claimed. */
function choose(model: Model, queue: string, limit: number): { found: Task[]; lookedAt: number } | null {
  if (model.limits.length > 0 || model.paused.has(queue)) return null;
  const ready = model.claimable([queue]);
  const behind = behindReserved(model, queue, limit);
  if (behind && canBeReserved(behind.found)) return behind;
  const found = ready.slice(0, limit);
  return canBeReserved(found) ? { found, lookedAt: model.now } : null;
}

/** So many tasks behind what is reserved; null where fewer are there, or nobody looked before it for a while. */
export function behindReserved(
  model: Model,
  queue: string,
  limit: number,
): { found: Task[]; lookedAt: number } | null {
  const others = model.reservations.filter((one) => one.queue === queue);
  const lookedAt = Math.max(...others.map((one) => one.lookedAt));
  if (!(model.now - lookedAt < LOOK_MS)) return null;
  const { end } = others.toSorted((a, b) => a.end.priority - b.end.priority || b.end.age - a.end.age)[0];
  // What comes before the end is left out only where priorities are the same.
  const behind = model.claimable([queue]).filter(({ priority, age }) =>
    priority !== end.priority || age > end.age
  );
  return behind.length < limit ? null : { found: behind.slice(0, limit), lookedAt };
}

/** At least one, all of which stand as far below their roots, and nothing is special about any. */
function canBeReserved(tasks: readonly Task[]): boolean {
  return new Set(tasks.map(depthOf)).size === 1 && tasks.every(({ plain, notNow }) => plain && notNow === 0);
}

function isHeld(model: Model, reservation: Reservation, task: Task): boolean {
  return model.reservations.includes(reservation) && reservation.named.includes(task) &&
    stateOf(task, model.now) === "ready";
}

/** Takes tasks out of a reservation, and with them those that it does not hold any more. */
function takeOut(model: Model, reservation: Reservation, tasks: readonly Task[]): void {
  reservation.named = reservation.named.filter((task) =>
    isHeld(model, reservation, task) && !tasks.includes(task)
  );
  reservation.open = reservation.named.length;
  forgetEmpty(model);
}

function forgetEmpty(model: Model): void {
  model.reservations = model.reservations.filter(({ open }) => open > 0);
}

/** Completes tasks of one reservation. */
export function completeReserved(
  model: Model,
  tokens: readonly ReservedToken[],
  results: readonly unknown[],
): Outcome[] {
  const [{ reservation }] = tokens;
  const isAlive = model.reservations.includes(reservation);
  let done = 0;
  const outcomes = tokens.map((token, index) => {
    const { task, attempt } = token;
    if (isHeld(model, reservation, task) && task.attempt === attempt - 1) {
      done++;
      start(reservation, task, model.now);
    }
    return complete(model, token, results[index]);
  });
  reservation.open -= done;
  forgetEmpty(model);
  if (isAlive && done < tokens.length) takeOut(model, reservation, tokens.map(({ task }) => task));
  return outcomes;
}

/** Makes claims of tasks of one reservation; returns those that it still held. */
export function claimReserved(model: Model, tokens: readonly ReservedToken[]): Task[] {
  const [{ reservation }] = tokens;
  const held = tokens.map(({ task }) => task).filter((task) => isHeld(model, reservation, task));
  if (model.reservations.includes(reservation)) {
    for (const task of held) start(reservation, task, model.now);
    takeOut(model, reservation, held);
  }
  return held;
}

/** Gives tasks of one reservation back. */
export function releaseReserved(model: Model, tokens: readonly ReservedToken[]): void {
  const [{ reservation }] = tokens;
  if (model.reservations.includes(reservation)) takeOut(model, reservation, tokens.map(({ task }) => task));
}

/** Gives all of a worker back but what it knows, as attempts that were not begun. */
export function forgetReservations(model: Model, worker: string, known: readonly Reservation[]): void {
  for (
    const reservation of model.reservations.filter((one) => one.worker === worker && !known.includes(one))
  ) {
    for (const task of reservation.named.filter((one) => isHeld(model, reservation, one))) {
      start(reservation, task, model.now);
      release(model, { task, attempt: task.attempt });
    }
    reservation.open = 0;
  }
  forgetEmpty(model);
}

/** Claims those of the tasks that are reserved: somebody may run them. */
export function claimWhereReserved(model: Model, tasks: readonly Task[]): void {
  for (
    const reservation of model.reservations.filter(({ named }) => named.some((task) => tasks.includes(task)))
  ) {
    for (const task of tasks.filter((one) => isHeld(model, reservation, one))) {
      start(reservation, task, model.now);
    }
    takeOut(model, reservation, tasks);
  }
}

/** Makes claims that are suspected of what has outlived its lease. */
export function claimLost(model: Model): void {
  for (const reservation of model.reservations.filter(({ at }) => at + LEASE_MS <= model.now)) {
    for (const task of reservation.named.filter((one) => isHeld(model, reservation, one))) {
      start(reservation, task, reservation.at);
      task.claim = { ...task.claim!, ahead: true, suspectedAt: model.now };
    }
    takeOut(model, reservation, []);
  }
}

function start({ worker, at, retries }: Reservation, task: Task, heartbeatAt: number): void {
  task.status = "claimed";
  task.attempt++;
  task.maxRetries = retries;
  task.claim = { worker, claimedAt: at, heartbeatAt, suspectedAt: null, ahead: false };
}
