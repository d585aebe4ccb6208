import assert from "node:assert/strict";
import { withWorld } from "./world.ts";

Deno.test("absurd dlq lists, shows and replays dead letters", async () => {
  await withWorld(async ({ run, spawn, document, failNext }) => {
    const id = await spawn("image", "-P", "size:=512");
    await failNext("out of disk");
    const { stdout } = await run(["dlq", "list"]);
    assert.match(
      stdout,
      /^task id +task +queue +failures +failed +replayed +error\n[0-9a-f-]+ +image .* out of disk\n$/,
    );
    const letter = await document(["dlq", "show", id.slice(0, 20)]);
    assert.equal(letter.error, "out of disk");
    assert.deepEqual(letter.params, { size: 512 });
    assert.equal(letter.attempts.length, 1);
    assert.match((await run(["dlq", "show", id])).stdout, /^error +out of disk$/m);

    assert.deepEqual(await document(["dlq", "replay", id]), [{ task_id: id }]);
    assert.equal((await document(["task", "show", id])).status, "pending");
    assert.deepEqual(await document(["dlq", "list"]), []);
    assert.equal((await document(["dlq", "list", "--replayed"])).length, 1);
  });
});

Deno.test("absurd dlq replay chooses by name and queue", async () => {
  await withWorld(async ({ spawn, document, failNext }) => {
    const [image, extract] = [await spawn("image"), await spawn("extract")];
    await failNext("broken");
    await failNext("broken");
    assert.deepEqual(await document(["dlq", "replay", "--queue", "elsewhere"]), []);
    assert.deepEqual(await document(["dlq", "replay", "--name", "extract"]), [{ task_id: extract }]);
    assert.deepEqual(await document(["dlq", "replay", "--all"]), [{ task_id: image }]);
  });
});

Deno.test("absurd dlq purge asks on a terminal and takes --yes elsewhere", async () => {
  await withWorld(async ({ run, spawn, document, failNext }) => {
    const id = await spawn("image");
    await failNext("broken");
    const no = await run(["dlq", "purge", "--all"], { terminal: true, answer: "n" });
    assert.equal(no.code, 1);
    assert.match(no.stderr, /deletes the dead letters for good\. Go on\? \[y\/N\]\n/);
    assert.equal((await document(["dlq", "list"])).length, 1);
    assert.deepEqual(await document(["dlq", "purge", "--all", "--yes"]), [{ task_id: id }]);
    assert.deepEqual(await document(["dlq", "list"]), []);
  });
});
