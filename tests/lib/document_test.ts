import assert from "node:assert/strict";
import { fromDocument, toDocument } from "../../lib/document.ts";

Deno.test("fromDocument() renames keys and reads times, but leaves what users stored", () => {
  const document = {
    "task_id": "t",
    "created_at": "2026-10-25T06:00:00.123456+00:00",
    "finished_at": null,
    params: { started_at: "never", some_key: 1 },
    progress: { fraction: 0.5, at: "2026-10-25T06:00:00Z" },
    attempts: [{ log_tail: "x" }],
  };
  assert.deepEqual(fromDocument(document), {
    taskId: "t",
    createdAt: new Date("2026-10-25T06:00:00.123Z"),
    finishedAt: null,
    params: { started_at: "never", some_key: 1 },
    progress: { fraction: 0.5, at: new Date("2026-10-25T06:00:00Z") },
    attempts: [{ logTail: "x" }],
  });
});

Deno.test("toDocument() renames keys only at the top", () => {
  assert.deepEqual(toDocument({ taskName: "a", params: { keepMe: 1 } }), {
    task_name: "a",
    params: { keepMe: 1 },
  });
});
