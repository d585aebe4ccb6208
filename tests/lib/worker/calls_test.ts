import assert from "node:assert/strict";
import { AbsurdConfig } from "../../../lib/config.ts";
import type { Database } from "../../../lib/database.ts";
import { WorkerCalls } from "../../../lib/worker/calls.ts";
import type { WorkerIdentity } from "../../../lib/worker/identity.ts";
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
  const claim = () => calls.claim({ limit: 10, ahead: 5, taskNames: null });
  await claim();
  reservation = null;
  for (let time = 0; time < 3; time++) await claim();
  assert.deepEqual(asked, [true, true, false, false]);
});

Deno.test("WorkerCalls.writeOutcomes() gives each attempt of a task its own answer", async () => {
  const stale = { "task_id": "a", attempt: 1, outcome: "stale", message: "over" };
  const database = { call: () => Promise.resolve([stale]) } as unknown as Database;
  const calls = new WorkerCalls(database, {} as WorkerIdentity, AbsurdConfig.fromEnv({}));
  const batch = [1, 2].map((attempt) => ({
    name: "complete_tasks" as const,
    task: { ...claimed({ taskId: "a" }), attempt },
    report: {},
    parts: { result: "null", report: "{}" },
  }));
  const answers = await calls.writeOutcomes("complete_tasks", batch);
  assert.deepEqual(answers.map(({ outcome }) => outcome), ["stale", "ok"]);
});
