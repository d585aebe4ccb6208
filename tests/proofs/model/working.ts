/**
 * What workers do, on the schema and on the model: claim, beat, end, recover.
 *
 * @module
 */

import assert from "node:assert/strict";
import { json } from "../../../lib/database.ts";
import { type Action, QUEUES, WORKERS } from "./actions.ts";
import { both } from "./calls.ts";
import { acknowledge, beat, complete, fail, recover, release, type Token } from "./ends.ts";
import { claimLost } from "./reservations.ts";
import type { Place } from "./spawning.ts";
import type { Tokens } from "./tokens.ts";

/** How attempts end. */
type End = Pick<Extract<Action, { type: "fail" }>, "permanent" | "notNow"> & { type: "fail" } | {
  type: "complete" | "release" | "acknowledge";
};

/** Claims; returns what was claimed. */
export async function playClaim(
  { session, model }: Place,
  known: Tokens,
  { worker, queues, limit, names, retries }: Omit<Extract<Action, { type: "claim" }>, "type">,
): Promise<Token[]> {
  const request = { worker: WORKERS[worker], queues, limit, names, retries };
  const [{ rows, answer }] = await both(session, "claim_tasks", {
    "worker_id": request.worker,
    "queue_names": queues,
    limit,
    ...(names && { "task_names": names }),
    settings: json({ defaults: { "max_retries": retries } }),
  }, () => model.claim(request));
  assert.deepEqual(
    rows.map((row) => [row.task_id, row.attempt, row.max_retries, row.inputs]),
    answer.map(({ task, attempt, inputs }) => [task.id, attempt, task.maxRetries, inputs]),
  );
  const tokens = answer.map(({ task, attempt }) => ({ task, attempt, worker: request.worker }));
  tokens.forEach((token) => known.add(token));
  return tokens;
}

/** A worker that does well: claims and completes, so that graphs are gone through. */
export async function playWork(
  place: Place,
  known: Tokens,
  { worker, rounds }: Extract<Action, { type: "work" }>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const tokens = await playClaim(place, known, {
      worker,
      queues: [...QUEUES],
      limit: 2,
      names: null,
      retries: 1,
    });
    if (tokens.length === 0) return;
    await playEnd(place, tokens, { type: "complete" });
  }
}

/** Ends attempts, rightly or wrongly. */
export async function playEnd({ session, model }: Place, tokens: readonly Token[], end: End): Promise<void> {
  const results = tokens.map(({ attempt, task }) => ({ of: task.age, attempt })); // in the order of jsonb
  // Completions have two forms, of which one tells only what is not as it should be.
  const byArrays = end.type === "complete" && tokens.length % 2 === 0;
  // That of arrays has no order.
  const inOrder = (told: unknown[][]) => byArrays ? told.map(String).toSorted() : told;
  const [{ rows, answer }] = await both(
    session,
    byArrays ? "complete_claims" : `${end.type}_tasks`,
    byArrays ? arrays(tokens, results) : { outcomes: json(items(tokens, results, end)) },
    () =>
      tokens.map((token, index) => {
        if (end.type === "complete") return complete(model, token, results[index]);
        if (end.type === "fail") return fail(model, token, end);
        return end.type === "release" ? release(model, token) : acknowledge(token);
      }),
  );
  assert.deepEqual(
    inOrder(rows.map((row) => [row.task_id, row.attempt, row.outcome])),
    inOrder(
      tokens.map(({ task, attempt }, index) => [task.id, attempt, answer[index]])
        .filter(([, , outcome]) => !byArrays || outcome !== "ok"),
    ),
  );
}

function items(tokens: readonly Token[], results: readonly unknown[], end: End) {
  return tokens.map(({ task, attempt }, index) => ({
    "task_id": task.id,
    attempt,
    ...(end.type === "complete" && { result: results[index] }),
    ...(end.type === "fail" && { permanent: end.permanent, "not_now": end.notNow, message: "boom" }),
  }));
}

function arrays(tokens: readonly Token[], results: readonly unknown[]) {
  return {
    "task_ids": tokens.map(({ task }) => task.id),
    attempts: tokens.map(({ attempt }) => attempt),
    results: results.map((result) => JSON.stringify(result)),
    reports: tokens.map(() => "{}"),
    "stand_alone": [true, false, null][(tokens[0]?.task.age ?? 0) % 3], // often wrong, which must do no harm
  };
}

/** Beats for claims that a worker has, or thinks that it has. */
export async function playBeat(
  { session, model }: Place,
  known: Tokens,
  { worker, all }: Extract<Action, { type: "beat" }>,
): Promise<void> {
  const tokens = known.beating(WORKERS[worker], all);
  const [{ rows, answer }] = await both(session, "heartbeat_worker", {
    "worker_id": WORKERS[worker],
    claims: json(tokens.map(({ task, attempt }) => ({ "task_id": task.id, attempt }))),
  }, () => beat(model, tokens));
  assert.deepEqual(
    rows.map((row) => `${row.task_id} ${row.attempt} ${row.verdict}`).toSorted(),
    tokens.flatMap(({ task, attempt }, index) =>
      answer[index] === null ? [] : [`${task.id} ${attempt} ${answer[index]}`]
    ).toSorted(),
  );
}

/** One look for claims whose workers are gone. */
export async function playRecovery({ session, model }: Place): Promise<void> {
  const [{ rows, answer }] = await both(session, "recover_claims", {}, () => {
    const lost = recover(model);
    claimLost(model);
    return lost;
  });
  assert.deepEqual(
    rows.map((row) => `${row.task_id} ${row.attempt} ${row.status}`).toSorted(),
    answer.map(({ task, attempt }) => `${task.id} ${attempt} ${task.status}`).toSorted(),
  );
}
