import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../support/process.ts";
import { withWorld } from "./world.ts";

/** The script by which docs/operations.md makes room, in another folder and with the `absurd` of this checkout. */
async function scriptOfManual(folder: string): Promise<string> {
  const text = await Deno.readTextFile(`${ROOT}docs/operations.md`);
  const [, script] = /```sh\n( *cd \/var\/lib\/absurd\/work\n[^]*?)```/.exec(text) ?? [];
  assert.ok(script, "docs/operations.md has no such script");
  return `absurd() { "$DENO" run -q -A '${ROOT}cli/main.ts' "$@"; }\n` +
    script.replace("/var/lib/absurd/work", folder);
}

/** Makes the folder of an attempt, as old as it is. */
async function makeFolder(root: string, task: string, attempt: number, days: number): Promise<void> {
  const folder = join(root, task, `${attempt}`);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "product"), "");
  const changed = new Date(Date.now() - days * 86_400_000);
  await Deno.utime(folder, changed, changed);
}

async function runScript(script: string, databaseUrl: string): Promise<Deno.CommandOutput> {
  return await new Deno.Command("sh", {
    args: ["-c", script],
    env: { DENO: Deno.execPath(), ABSURD_DATABASE_URL: databaseUrl },
  }).output();
}

Deno.test("the script of docs/operations.md removes attempts that were given up, and nothing else", async () => {
  const root = await Deno.makeTempDir();
  try {
    await withWorld(async ({ url, spawn, claim, completeNext, failNext }) => {
      const [completed, failed, running] = [await spawn("a"), await spawn("b"), await spawn("c")];
      await completeNext({});
      await failNext("broken");
      await claim();
      for (const attempt of [1, 2]) await makeFolder(root, completed, attempt, 9);
      await Deno.symlink("2", join(root, completed, "current"));
      await makeFolder(root, failed, 1, 9);
      await makeFolder(root, failed, 2, 1);
      for (const attempt of [1, 2]) await makeFolder(root, running, attempt, 9);
      const script = await scriptOfManual(root);

      const away = await runScript(script, "postgres://nobody@127.0.0.1:1/nothing");
      assert.ok(!away.success, "it ran without knowing what is claimed");
      assert.ok(await Deno.stat(join(root, running, "1")));

      assert.ok((await runScript(script, url)).success);
      const left = async (task: string) =>
        (await Array.fromAsync(Deno.readDir(join(root, task)), ({ name }) => name)).toSorted();
      assert.deepEqual(await left(completed), ["2", "current"]);
      assert.deepEqual(await left(failed), ["2"]);
      assert.deepEqual(await left(running), ["1", "2"]);
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
