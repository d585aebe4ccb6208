import assert from "node:assert/strict";
import { AbsurdConfig } from "../../../lib/config.ts";
import type { Database, SqlJson } from "../../../lib/database.ts";
import { DatabaseError } from "../../../lib/errors.ts";
import type { ClaimedTask } from "../../../lib/task.ts";
import { WorkerCalls } from "../../../lib/worker/calls.ts";
import type { WorkerIdentity } from "../../../lib/worker/identity.ts";
import { type Outcome, outcomeOf } from "../../../lib/worker/outcome.ts";
import { OutcomeQueue } from "../../../lib/worker/outcome_queue.ts";
import { RunningTask } from "../../../lib/worker/running_task.ts";
import { claimed } from "./_worker.ts";

Deno.test("WorkerCalls.claim() asks for reservations, and not again at once where tasks had to be claimed", async () => {
  const asked: unknown[] = [];
  let reservation: string | null = "1";
  const row = { "task_ids": ["a"], params: [{}], inputs: null, "step_names": null };
  const database = {
    call(_name: string, args: Record<string, unknown>) {
      asked.push(args.may_reserve);
      return Promise.resolve([{ ...row, "reservation_id": reservation }]);
    },
  } as unknown as Database;
  const calls = new WorkerCalls(database, {} as WorkerIdentity, AbsurdConfig.fromEnv({}));
  const { signal } = new AbortController();
  const claim = () => calls.claim({ limit: 10, ahead: 5, taskNames: null }, signal);
  await claim();
  reservation = null;
  for (let time = 0; time < 3; time++) await claim();
  assert.deepEqual(asked, [true, true, false, false]);
});

Deno.test("WorkerCalls.claim() asks for fewer where the server cannot tell all at once", async () => {
  const asked: unknown[] = [];
  const database = {
    call(name: string, { limit, settings }: Record<string, unknown>) {
      const { ahead } = JSON.parse((settings as SqlJson).text);
      asked.push([name, limit, ahead]);
      if (limit as number > 10) {
        return Promise.reject(new DatabaseError("invalid memory alloc request size", { sqlState: "XX000" }));
      }
      return Promise.resolve([]);
    },
  } as unknown as Database;
  const calls = new WorkerCalls(database, {} as WorkerIdentity, AbsurdConfig.fromEnv({}));
  await calls.claim({ limit: 500, ahead: 496, taskNames: null }, new AbortController().signal);
  assert.deepEqual(asked, [["claim_alike", 500, 496], ["claim_alike", 63, 63], ["claim_alike", 8, 8]]);
});

function completion(task: ClaimedTask): Outcome {
  const running = new RunningTask(task, 0, { stopWithinSec: 1, onProgress: () => {} });
  return outcomeOf(running, { kind: "returned", result: null })!;
}

Deno.test("WorkerCalls.writeOutcomes() completes by its reservation what became a claim after it had ended", async () => {
  const called: [string, unknown][] = [];
  const database = {
    call(name: string, args: Record<string, unknown>) {
      called.push([name, args.task_ids]);
      return Promise.resolve([]);
    },
  } as unknown as Database;
  const calls = new WorkerCalls(database, {} as WorkerIdentity, AbsurdConfig.fromEnv({}));
  const tasks = ["a", "b"].map((taskId) => claimed({ taskId, reservationId: "1" }));
  const queue = new OutcomeQueue();
  for (const task of tasks) queue.add(completion(task));
  await calls.claimReserved(tasks.slice(0, 1)); // it had been running for a moment when this was asked for
  const { items } = queue.take(queue.next([])!);
  await calls.writeOutcomes("complete_tasks", items.map(({ outcome }) => outcome), 0);
  assert.deepEqual(called, [["claim_reserved", ["a"]], ["complete_reserved", ["a", "b"]]]);
});

Deno.test("WorkerCalls.writeOutcomes() gives each attempt of a task its own answer", async () => {
  const stale = { "task_id": "a", attempt: 1, outcome: "stale", message: "over" };
  const database = { call: () => Promise.resolve([stale]) } as unknown as Database;
  const calls = new WorkerCalls(database, {} as WorkerIdentity, AbsurdConfig.fromEnv({}));
  const batch = [1, 2].map((attempt) => completion(claimed({ taskId: "a", attempt })));
  const answers = await calls.writeOutcomes("complete_tasks", batch, 0);
  assert.deepEqual(answers.map(({ outcome }) => outcome), ["stale", "ok"]);
});
