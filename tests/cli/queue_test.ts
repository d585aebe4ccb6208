import assert from "node:assert/strict";
import { withWorld } from "./world.ts";

Deno.test("absurd queue pause warns of a queue that has had no tasks", async () => {
  await withWorld(async ({ run, spawn }) => {
    await spawn("image");
    assert.doesNotMatch((await run(["queue", "pause", "dsa110-pipeline"])).stderr, /warning/);
    const { code, stderr } = await run(["queue", "pause", "dsa110-pipline"]);
    assert.equal(code, 0);
    assert.match(stderr, /^warning: Queue dsa110-pipline has had no tasks/);
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
