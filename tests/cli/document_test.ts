import assert from "node:assert/strict";
import { toDocument } from "../../cli/document.ts";

Deno.test("toDocument() writes keys as the database does, at every depth", () => {
  assert.deepEqual(
    toDocument({ taskId: "1", dependsOn: [{ onParentFailure: "wait" }], progress: null, peakMemoryBytes: 3 }),
    { task_id: "1", depends_on: [{ on_parent_failure: "wait" }], progress: null, peak_memory_bytes: 3 },
  );
});

Deno.test("toDocument() leaves what the user stored as it is", () => {
  const stored = { cellArcsec: 1, nested: { someKey: [{ anotherKey: 2 }] } };
  assert.deepEqual(toDocument({ params: stored, result: stored }), { params: stored, result: stored });
});

Deno.test("toDocument() keeps the names of steps that are keys", () => {
  assert.deepEqual(toDocument({ taskIds: { myStep: "1" } }), { task_ids: { myStep: "1" } });
});

Deno.test("toDocument() writes dates as ISO 8601", () => {
  assert.deepEqual(toDocument({ createdAt: new Date(0) }), { created_at: "1970-01-01T00:00:00.000Z" });
});
