import assert from "node:assert/strict";
import { TaskFailure } from "../../../lib/errors.ts";
import { checkGrantedPaths, type GrantedPath } from "../../../lib/stage/confine.ts";
import { failTask, makeTask, runTask, temporaryFolder } from "./_helpers.ts";

function granted(path: string, more: Partial<GrantedPath> = {}): GrantedPath {
  return { path, source: "{params.x}", root: null, fromTask: true, ...more };
}

/** Checks paths, and returns what refused them: reason and sentence. */
async function refusal(paths: GrantedPath[], roots?: string[]): Promise<string> {
  try {
    await checkGrantedPaths(paths, { roots, workDir: "/work/1" });
  } catch (error) {
    assert(error instanceof TaskFailure && error.permanent, `${error}`);
    return `${error.reason}: ${error.message}`;
  }
  return "granted";
}

Deno.test("checkGrantedPaths() lets files, plain folders and paths that are yet to be made pass", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/a/b`, { recursive: true });
  await Deno.writeTextFile(`${folder.path}/a/b/file`, "");
  await Deno.symlink("b/file", `${folder.path}/a/inside`);
  const paths = ["a", "a/b/file", "new/er", "a/inside"].map((name) => granted(`${folder.path}/${name}`));
  assert.equal(await refusal(paths, [folder.path]), "granted");
});

Deno.test("checkGrantedPaths() refuses a path that leaves its folder by a link", async () => {
  await using folder = await temporaryFolder();
  await Deno.symlink("/etc", `${folder.path}/link`);
  const root = folder.path;
  assert.match(
    await refusal([granted(`${root}/link`, { root })]),
    /^bad_input: .* leads out of .* to "\/etc"/,
  );
  assert.match(await refusal([granted(`${root}/link/new`, { root })]), /^bad_input: .* to "\/etc\/new"/);
  await Deno.symlink("/nowhere/at/all", `${root}/broken`);
  assert.match(await refusal([granted(`${root}/broken`, { root })]), /^bad_input: .* leads to nothing/);
});

Deno.test("checkGrantedPaths() refuses a path of the task that is outside the roots, by a link or plainly", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/root`);
  await Deno.symlink("/etc/passwd", `${folder.path}/root/link`);
  const roots = [`${folder.path}/root`];
  assert.match(await refusal([granted("/etc/passwd")], roots), /^bad_input: .* is outside the stage's roots/);
  assert.match(await refusal([granted(`${roots[0]}/link`)], roots), /^bad_input: .* is outside/);
  assert.match(await refusal([granted(`${roots[0]}x`)], roots), /^bad_input: .* is outside/);
  assert.equal(await refusal([granted("/etc/passwd", { fromTask: false })], roots), "granted");
});

Deno.test("checkGrantedPaths() refuses a folder with a link that leads out, however deep, unless that is granted too", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/a/b`, { recursive: true });
  await Deno.symlink("/etc/passwd", `${folder.path}/a/b/innocent`);
  const path = granted(folder.path);
  assert.match(
    await refusal([path]),
    /^permission: .* holds a link that leads out of it, .*innocent" to "\/etc/,
  );
  assert.equal(await refusal([path, granted("/etc/passwd")]), "granted");
});

Deno.test("checkGrantedPaths() refuses a folder that others own or can write", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/a`);
  await Deno.chmod(`${folder.path}/a`, 0o777);
  assert.match(await refusal([granted(folder.path)]), /^permission: .* can be written by everybody/);
  if (Deno.uid() !== 0) return;
  await Deno.chmod(`${folder.path}/a`, 0o755);
  await Deno.chown(`${folder.path}/a`, 65534, 65534);
  assert.match(
    await refusal([granted(folder.path)]),
    /^permission: .* belongs to another user \(number 65534\)/,
  );
});

Deno.test("createPipelineExecutor() refuses a task whose path is outside the stage's roots", async () => {
  const failure = await failTask(makeTask("confined", { path: "/etc/passwd" }));
  assert.match(failure.message, /^Path "\/etc\/passwd" of \{params\.path\?\} is outside the stage's roots/);
  const { failure: none } = await runTask(makeTask("confined", { name: "peek.ts" }));
  assert.equal(none, undefined);
});
