import assert from "node:assert/strict";
import { makeExecutor, temporaryFolder } from "./_helpers.ts";

/** What keeps a worker with this work folder from claiming. */
async function obstacleOf(workDir: string, minFreeBytes: number): Promise<string | null | undefined> {
  const executor = await makeExecutor({ workDir, minFreeBytes });
  return await executor.obstacle?.();
}

Deno.test("a worker finds no obstacle in a work folder with room, and none that is still to be made", async () => {
  await using folder = await temporaryFolder();
  assert.equal(await obstacleOf(folder.path, 1), null);
  assert.equal(await obstacleOf(`${folder.path}/a/b`, 1), null);
  assert.deepEqual(Array.from(Deno.readDirSync(`${folder.path}/a/b`)), []);
});

Deno.test("a worker claims nothing while its work folder has too little room, were it still to be made", async () => {
  await using folder = await temporaryFolder();
  for (const path of [folder.path, `${folder.path}/a/b`]) {
    assert.match(await obstacleOf(path, 1e18) ?? "", /free, less than the 1000000 TB of ABSURD_MIN_FREE/);
  }
});

Deno.test("a worker claims nothing while its work folder cannot be used, instead of failing every task", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/file`, "");
  assert.match(
    await obstacleOf(`${folder.path}/file/work`, 1) ?? "",
    /^Work folder "\S+\/file\/work" cannot be used: .+: no tasks are claimed until it can$/,
  );
  assert.match(await obstacleOf(`${folder.path}/a,b`, 1) ?? "", /a comma in its path/);
});

Deno.test({
  name: "a worker claims nothing while nothing can be made in its work folder, whatever its mode says",
  ignore: Deno.build.os !== "linux",
  async fn() {
    assert.match(await obstacleOf("/sys/class", 0) ?? "", /^Work folder "\/sys\/class" cannot be used: /);
  },
});
