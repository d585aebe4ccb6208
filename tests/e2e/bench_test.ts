import assert from "node:assert/strict";
import { DOCUMENTS } from "../../scripts/json/documents.ts";
import { withWorld } from "../cli/world.ts";

Deno.test("absurd bench measures rates, costs and waiting times, and leaves nothing behind", async () => {
  await withWorld(async ({ document, database }) => {
    const figures = await document(["bench", "--tasks", "100"]);
    DOCUMENTS.find(({ commands }) => commands.includes("bench"))!.schema.parse(figures);
    const { rates, latencies } = figures;
    assert.equal(rates.length, 5);
    for (const { per_sec, wal_bytes_per_task, buffers_per_task } of rates) {
      // A task is a row, and an entry in each of three indexes.
      assert.ok(per_sec > 0 && wal_bytes_per_task > 0 && buffers_per_task > 4, JSON.stringify(rates));
    }
    assert.equal(latencies.length, 2);
    for (const { p50_ms, p99_ms } of latencies) assert.ok(p50_ms > 0 && p99_ms >= p50_ms);
    const [{ count }] = await database.query<{ count: number }>("select count(*)::int from absurd.tasks");
    assert.equal(count, 0);
  });
});
