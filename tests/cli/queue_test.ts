import assert from "node:assert/strict";
import { withWorld } from "./world.ts";

Deno.test("absurd queue pause warns of a name that no queue has", async () => {
  await withWorld(async ({ run, spawn }) => {
    await spawn("image");
    assert.doesNotMatch((await run(["queue", "pause", "dsa110-pipeline"])).stderr, /warning/);
    const { code, stderr } = await run(["queue", "pause", "dsa110-pipline"]);
    assert.equal(code, 0);
    assert.match(stderr, /^warning: There is no queue dsa110-pipline yet/);
  });
});

Deno.test("absurd queue pause holds tasks back until absurd queue resume", async () => {
  await withWorld(async ({ run, spawn, document }) => {
    const id = await spawn("image");
    assert.equal((await run(["queue", "pause", "dsa110-pipeline"])).code, 0);
    assert.equal((await document(["task", "show", id])).state, "held");
    assert.match((await run(["queue", "list"])).stdout, /^dsa110-pipeline \(paused\)/m);
    assert.deepEqual(await document(["queue", "resume", "dsa110-pipeline"]), {
      queue_name: "dsa110-pipeline",
      paused: false,
    });
    assert.equal((await document(["task", "show", id])).state, "ready");
  });
});
