import assert from "node:assert/strict";
import { withDatabase } from "../../support/database.ts";
import { quickConfig, startWorker, testClient, waitForStop } from "./_worker.ts";

Deno.test("AbsurdWorker.run() gives back what it runs and ends when an upgrade takes programs of its version no more", async () => {
  await withDatabase(async (database, url) => {
    await using client = testClient(url);
    const id = await client.spawn("long");
    await using worker = startWorker(quickConfig(url, { ABSURD_LEASE: "60" }), waitForStop);
    await worker.event("claimed");
    await database.script(
      "create or replace function absurd._oldest_client_version() returns int language sql as 'select 900'",
    );
    await assert.rejects(worker.ended, {
      name: "SchemaError",
      message: /^This program was made for version \d+ .* takes none older than 900$/,
      hint: "Update absurd on this machine.",
    });
    const [{ task }] = await database.query<{ task: Record<string, unknown> }>(
      "select absurd.get_task($1) as task",
      [id],
    );
    assert.deepEqual([task.state, task.attempt, task.failures], ["ready", 1, 0]);
  });
});
