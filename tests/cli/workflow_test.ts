import assert from "node:assert/strict";
import { withWorld } from "./world.ts";

Deno.test("absurd workflow list, show and cancel tell a workflow's story", async () => {
  await withWorld(async ({ run, document, completeNext }) => {
    const id = (await run(["chain", "quick"])).stdout.trim();
    await completeNext({});
    const { stdout } = await run(["workflow", "list"]);
    assert.match(
      stdout,
      /^id +workflow +queue +status +steps +created +finished\n[0-9a-f-]+ +quick .* running +1\/2 /,
    );
    assert.match(
      (await run(["workflow", "show", id.slice(0, 24)])).stdout,
      /\nSteps\nid +step +task .*\n.* completed .*\n/,
    );

    assert.deepEqual(await document(["workflow", "cancel", id]), { workflow_id: id, cancelled_tasks: 1 });
    assert.equal((await document(["workflow", "list", "--status", "cancelled"]))[0].workflow_id, id);
    assert.deepEqual(await document(["workflow", "list", "--name", "standard"]), []);
  });
});

Deno.test("absurd workflow list finds a key, and what changed in a time", async () => {
  await withWorld(async ({ run, document }) => {
    const id = (await run(["chain", "quick", "--key", "obs-2"])).stdout.trim();
    await run(["chain", "quick"]);
    const ids = async (...flags: string[]) =>
      (await document(["workflow", "list", ...flags])).map((row: { workflow_id: string }) => row.workflow_id);
    assert.deepEqual(await ids("--key", "obs-2"), [id]);
    assert.equal((await ids("--since", "1h")).length, 2);
    assert.deepEqual(await ids("--until", "1h"), []);
    const wrong = await run(["workflow", "list", "--since", "dusk"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^error: Cannot read --since dusk as a time/);
  });
});
