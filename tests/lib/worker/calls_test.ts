import assert from "node:assert/strict";
import { AbsurdConfig } from "../../../lib/config.ts";
import type { Database } from "../../../lib/database.ts";
import { WorkerCalls } from "../../../lib/worker/calls.ts";
import type { WorkerIdentity } from "../../../lib/worker/identity.ts";
import { claimed } from "./_worker.ts";

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
