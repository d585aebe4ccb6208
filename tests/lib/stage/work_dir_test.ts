import assert from "node:assert/strict";
import { createWorkDir, publishCurrent } from "../../../lib/stage/work_dir.ts";
import { temporaryFolder } from "./_helpers.ts";

Deno.test("createWorkDir() makes a folder for each attempt, free of links and writable by none but its owner", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/real`);
  await Deno.symlink("real", `${folder.path}/link`);
  const workDir = await createWorkDir({ taskId: "t", attempt: 2 }, `${folder.path}/link`);
  assert.equal(workDir, `${folder.path}/real/t/2`);
  const { mode } = await Deno.stat(workDir);
  assert.equal((mode ?? 0) & 0o022, 0);
});

Deno.test("createWorkDir() makes the root again when somebody has removed it", async () => {
  await using folder = await temporaryFolder();
  const root = `${folder.path}/root`;
  await createWorkDir({ taskId: "t", attempt: 1 }, root);
  await Deno.remove(root, { recursive: true });
  assert.equal(await createWorkDir({ taskId: "t", attempt: 2 }, root), `${root}/t/2`);
});

Deno.test("createWorkDir() refuses a root with a comma and an id that is no name", async () => {
  await using folder = await temporaryFolder();
  await assert.rejects(
    createWorkDir({ taskId: "t", attempt: 1 }, `${folder.path}/a,b`),
    /has a comma in its path/,
  );
  await assert.rejects(createWorkDir({ taskId: "../t", attempt: 1 }, folder.path), /cannot name a folder/);
});

Deno.test("publishCurrent() points the link at the newest accepted attempt", async () => {
  await using folder = await temporaryFolder();
  for (const attempt of [1, 2]) {
    await createWorkDir({ taskId: "t", attempt }, folder.path);
    assert.equal(await publishCurrent({ taskId: "t", attempt }, folder.path), true);
    assert.equal(await Deno.readLink(`${folder.path}/t/current`), String(attempt));
  }
  const names = Array.from(Deno.readDirSync(`${folder.path}/t`), ({ name }) => name);
  assert.deepEqual(names.sort(), ["1", "2", "current"]);
});

Deno.test("publishCurrent() does nothing when the attempt has no folder", async () => {
  await using folder = await temporaryFolder();
  assert.equal(await publishCurrent({ taskId: "t", attempt: 1 }, folder.path), false);
});
