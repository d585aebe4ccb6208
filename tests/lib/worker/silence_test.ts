import assert from "node:assert/strict";
import { withDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { openGate } from "../../support/gate.ts";
import { quickConfig, startWorker, testClient, waitForStop } from "./_worker.ts";

Deno.test("AbsurdWorker.run() writes results and claims over new connections when the old ones say nothing any more", async () => {
  await withDatabase(async (_database, url) => {
    await using gate = await openGate(url);
    await using client = testClient(url);
    const first = await client.spawn("first");
    const mayEnd = Promise.withResolvers<null>();
    const config = quickConfig(gate.url, { ABSURD_LEASE: "20", ABSURD_WORKER_CONCURRENCY: "2" });
    await using worker = startWorker(
      config,
      ({ taskName }) => taskName === "first" ? mayEnd.promise : Promise.resolve(null),
    );
    await worker.event("claimed");
    gate.silence();
    mayEnd.resolve(null);
    const ids = [first, await client.spawn("second")];
    for (const id of ids) {
      const { attempt, failures } = await client.waitForTask(id, { timeoutSec: 45 });
      assert.deepEqual([attempt, failures], [1, 0]);
    }
    assert.equal((await worker.stop()).completed, 2);
  });
});

Deno.test("AbsurdWorker.run() ends soon when it is told to though its connections say nothing any more", async () => {
  await withDatabase(async (_database, url) => {
    await using gate = await openGate(url);
    await using client = testClient(url);
    const id = await client.spawn("long");
    const config = quickConfig(gate.url, {
      ABSURD_LEASE: "300",
      ABSURD_HEARTBEAT_INTERVAL: "100",
    });
    await using worker = startWorker(config, waitForStop);
    await worker.event("claimed");
    gate.silence();
    const startMs = performance.now();
    assert.equal((await worker.stop()).released, 1);
    assert.ok(performance.now() - startMs < 60_000);
    assert.equal((await client.getTask(id))!.state, "ready");
    assert.deepEqual(await client.listWorkers(), []);
  });
});

Deno.test("AbsurdWorker.run() listens over another connection where the first says nothing from then on", async () => {
  await withDatabase(async (database, url) => {
    await using gate = await openGate(url);
    const silenced = gate.silenceAt('listen "', 1);
    await using worker = startWorker(quickConfig(gate.url), () => Promise.resolve(null));
    await silenced;
    const listens = async () =>
      (await database.query(
        "select from pg_stat_activity where datname = current_database() and query like 'listen \"%'",
      )).length > 0;
    assert.ok(!await listens());
    await eventually(listens, { timeoutMs: 30_000 });
    await worker.stop();
  });
});

Deno.test("AbsurdWorker.run() ends when it is told to though nobody answers that it may listen", async () => {
  await withDatabase(async (_database, url) => {
    await using gate = await openGate(url);
    const silenced = gate.silenceAt('listen "', Infinity);
    await using worker = startWorker(quickConfig(gate.url), () => Promise.resolve(null));
    await silenced;
    const startMs = performance.now();
    await worker.stop();
    assert.ok(performance.now() - startMs < 9_000, "it waited for an answer");
  });
});
