import assert from "node:assert/strict";
import { join } from "node:path";
import { testDatabase } from "../support/database.ts";
import { ROOT } from "../support/process.ts";
import { cliJson, withFolder } from "./support.ts";

const RECIPE = join(ROOT, "docs/cron/absurd-incoming");

async function writeOld(path: string, minutes = 2): Promise<void> {
  await Deno.writeTextFile(path, "");
  const arrived = new Date(Date.now() - minutes * 60_000);
  await Deno.utime(path, arrived, arrived);
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).filter((name) => name.endsWith(".uvh5")).sort();
}

Deno.test("the recipe for cron spawns one chain for each observation that has arrived, even when it is interrupted", async () => {
  await withFolder(async (folder) => {
    await using own = await testDatabase();
    const [bin, incoming, accepted] = ["bin", "incoming", "accepted"].map((name) => join(folder, name));
    for (const path of [bin, incoming, accepted]) await Deno.mkdir(path);
    const absurd = `exec "${Deno.execPath()}" run -qA --config="${ROOT}deno.json" "${ROOT}cli/main.ts" "$@"`;
    await Deno.writeTextFile(join(bin, "absurd"), `#!/bin/sh\n${absurd}\n`, { mode: 0o755 });
    const env = { ABSURD_DATABASE_URL: own.url, SUBBANDS: "2" };
    const run = async (path = `${bin}:${Deno.env.get("PATH")}`) => {
      const command = new Deno.Command(RECIPE, { args: [incoming, accepted], env: { ...env, PATH: path } });
      return (await command.output()).success;
    };

    const whole = ["night one.uvh5", "two_sb00.uvh5", "two_sb01.uvh5"];
    for (const name of whole) await writeOld(join(incoming, name));
    await writeOld(join(incoming, "late_sb00.uvh5"), 20);
    // these have to wait: a sub-band is missing, and the file was written to just now
    const partial = ["arriving.uvh5", "three_sb00.uvh5"];
    await Deno.writeTextFile(join(incoming, partial[0]), "");
    await writeOld(join(incoming, partial[1]));
    assert.equal(await run(Deno.env.get("PATH")), false, "without absurd");
    assert.ok(await run());
    assert.deepEqual(await namesIn(incoming), partial);
    assert.deepEqual(await namesIn(accepted), ["late_sb00.uvh5", ...whole]);

    // as if it had been interrupted before the file left the folder
    for (const name of whole.slice(1)) await writeOld(join(incoming, name));
    assert.ok(await run());
    const workflows = await cliJson(["workflow", "list"], { env });
    assert.equal(workflows.length, 3);
    const tasks = await cliJson(["task", "list", "--name", "convert_uvh5"], { env });
    const inputs = await Promise.all(tasks.map(async ({ task_id: id }: { task_id: string }) => {
      return (await cliJson(["task", "show", id], { env })).params.input;
    }));
    assert.deepEqual(inputs.sort(), [
      [join(accepted, "late_sb00.uvh5")],
      [join(accepted, "night one.uvh5")],
      [join(accepted, "two_sb00.uvh5"), join(accepted, "two_sb01.uvh5")],
    ]);
  });
});
