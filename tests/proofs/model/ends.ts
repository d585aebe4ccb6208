/**
 * How attempts end, in the reference model.
 *
 * @module
 */

import type { Model } from "./model.ts";
import { passOnBadEnd, passOnCompletion } from "./rules.ts";
import {
  type Attempt,
  BEAT_MS,
  LEASE_MS,
  NOT_NOW_LIMIT,
  type Task,
  TIMEOUT_MS,
  WAITS_LOST_LIMIT,
} from "./types.ts";

/** The name of a claim: the fencing token. */
export interface Token {
  readonly task: Task;
  readonly attempt: number;
}

/** The answer to what a worker tells about a claim. */
export type Outcome = "ok" | "stale" | "cancelled";

/** Whether a token names the live claim of its task. */
export function isLive({ task, attempt }: Token): boolean {
  return task.status === "claimed" && task.attempt === attempt;
}

function judge(token: Token): Outcome {
  if (isLive(token)) return "ok";
  return token.task.status === "cancelled" && token.task.attempt === token.attempt ? "cancelled" : "stale";
}

/** Ends the claim of a task. */
export function endAttempt(task: Task, outcome: Attempt["outcome"]): void {
  task.attempts.push({ attempt: task.attempt, worker: task.claim!.worker, outcome });
  task.claim = null;
}

/** Completes a claim. */
export function complete(model: Model, token: Token, result: unknown): Outcome {
  const outcome = judge(token);
  if (outcome !== "ok") return outcome;
  const { task } = token;
  endAttempt(task, "completed");
  task.status = "completed";
  task.result = result;
  task.notNow = 0;
  task.finishedAt = model.now;
  passOnCompletion(task);
  return "ok";
}

/** Fails a claim; what it waits for then is random, and adopted by the comparison. */
export function fail(
  model: Model,
  token: Token,
  { permanent = false, notNow = false, outcome = "failed" as "failed" | "lost" },
): Outcome {
  const verdict = judge(token);
  if (verdict !== "ok") return verdict;
  const { task } = token;
  endAttempt(task, outcome);
  const counts = !notNow || task.notNow >= NOT_NOW_LIMIT;
  if (counts) task.failures++;
  task.notNow = counts ? 0 : task.notNow + 1;
  if (counts && (permanent || task.failures > task.maxRetries)) {
    task.status = "failed";
    task.finishedAt = model.now;
    if (task.dlq) model.letters.push({ task, attempt: task.attempt, replayed: false });
    passOnBadEnd(task, model.now);
  } else {
    task.status = "pending";
    task.notBefore = Number.NaN; // unknown until the schema has drawn it
    task.failedAt = model.now;
  }
  return "ok";
}

/** The longest wait after the task's last failure. */
export function longestBackoffMs({ failures, notNow }: Task): number {
  return Math.min(900_000, 5_000 * 2 ** (Math.max(notNow > 0 ? notNow : failures, 1) - 1));
}

/** Gives a claim back. */
export function release(model: Model, token: Token): Outcome {
  const outcome = judge(token);
  if (outcome !== "ok") return outcome;
  endAttempt(token.task, "released");
  token.task.status = "pending";
  token.task.notBefore = model.now;
  return "ok";
}

/** Tells that the processes of a claim that is over are gone. */
export function acknowledge({ task, attempt }: Token): Outcome {
  task.dying = task.dying.filter((claim) => claim.attempt !== attempt);
  const ended = task.attempts.find((one) => one.attempt === attempt)?.outcome;
  return ended === "cancelled" || ended === "lost" || ended === "released" ? "ok" : "stale";
}

/** Beats for claims; returns the verdict on each, null for one that is fine. */
export function beat(
  model: Model,
  tokens: readonly Token[],
): (null | "lost" | "cancelled" | "expired")[] {
  return tokens.map((token) => {
    const { task, attempt } = token;
    for (const dying of task.dying) {
      // Once the lease has ended the task may have been given to somebody.
      if (dying.attempt === attempt && dying.leaseEndsAt > model.now) {
        dying.leaseEndsAt = model.now + LEASE_MS;
      }
    }
    if (isLive(token)) {
      task.claim!.heartbeatAt = model.now;
      task.claim!.suspectedAt = null;
      return task.claim!.claimedAt + TIMEOUT_MS <= model.now ? "expired" : null;
    }
    return task.attempt === attempt && task.status === "cancelled" ? "cancelled" : "lost";
  });
}

/** Both looks at all claims; returns what is lost. */
export function recover(model: Model): Token[] {
  const { now } = model;
  const silent = model.kept().filter((task) =>
    task.claim !== null && task.claim.heartbeatAt + LEASE_MS <= now
  );
  const lost = silent
    .filter(({ claim }) => claim!.suspectedAt !== null && claim!.suspectedAt + BEAT_MS <= now)
    .map((task) => ({ task, attempt: task.attempt }));
  for (const { claim } of silent) claim!.suspectedAt ??= now;
  for (const token of lost) {
    const { claim, notNow } = token.task;
    const wasWaiting = claim!.ahead && claim!.heartbeatAt === claim!.claimedAt && notNow < WAITS_LOST_LIMIT;
    fail(model, token, { notNow: wasWaiting, outcome: "lost" });
  }
  for (const task of model.tasks) task.dying = task.dying.filter(({ leaseEndsAt }) => leaseEndsAt > now);
  return lost;
}
