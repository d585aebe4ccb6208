import assert from "node:assert/strict";
import { withWorld } from "./world.ts";

Deno.test("every flag has a variable, which the flag goes over", async () => {
  await withWorld(async ({ run, spawn, document }) => {
    const env = {
      ABSURD_SPAWN_PRIORITY: "7",
      ABSURD_SPAWN_PARAM: "size:=1",
      ABSURD_SPAWN_KEY: "",
      ABSURD_SPAWN_WAIT: "false",
    };
    const spawned = async (...flags: string[]) => {
      const { code, stdout, stderr } = await run(["spawn", "image", ...flags], { env });
      assert.equal(code, 0, stderr);
      const { priority, params, key } = await document(["task", "show", stdout.trim()]);
      return { priority, params, key };
    };
    assert.deepEqual(await spawned(), { priority: 7, params: { size: 1 }, key: null });
    assert.deepEqual(await spawned("--priority", "2", "-P", "cell:=3"), {
      priority: 2,
      params: { size: 1, cell: 3 },
      key: null,
    });
    await spawn("extract");
    const limited = await document(["task", "list"], { env: { ABSURD_TASK_LIST_LIMIT: "1" } });
    assert.equal(limited.length, 1);
    const listed = await run(["task", "list"], { env: { ABSURD_TASK_LIST_JSON: "1" } });
    assert.equal(JSON.parse(listed.stdout).length, 3);
  });
});

Deno.test("a variable with a value that cannot be used is named", async () => {
  await withWorld(async ({ run }) => {
    const { code, stderr } = await run(["task", "list"], { env: { ABSURD_TASK_LIST_LIMIT: "many" } });
    assert.equal(code, 2);
    assert.match(stderr, /^error: ABSURD_TASK_LIST_LIMIT: "many" cannot be used\. It must be a whole number/);
  });
});

Deno.test("no variable answers a question or widens a command", async () => {
  await withWorld(async ({ run }) => {
    const env = { ABSURD_TASK_CANCEL_ALL: "true", ABSURD_TASK_CANCEL_YES: "true" };
    assert.equal((await run(["task", "cancel"], { env })).code, 2);
  });
});
