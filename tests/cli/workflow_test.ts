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
