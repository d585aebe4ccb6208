import assert from "node:assert/strict";
import { join } from "node:path";
import { testDatabase } from "../support/database.ts";
import { ROOT } from "../support/process.ts";
import { cliJson, withFolder } from "./support.ts";

const RECIPE = join(ROOT, "docs/cron/absurd-incoming");

async function writeOld(path: string): Promise<void> {
  await Deno.writeTextFile(path, "");
  const arrived = new Date(Date.now() - 120_000);
  await Deno.utime(path, arrived, arrived);
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).filter((name) => name.endsWith(".uvh5")).sort();
}

Deno.test("the recipe for cron spawns one chain for each file that has arrived, even when it is interrupted", async () => {
  await withFolder(async (folder) => {
    await using own = await testDatabase();
    const [bin, incoming, accepted] = ["bin", "incoming", "accepted"].map((name) => join(folder, name));
    for (const path of [bin, incoming, accepted]) await Deno.mkdir(path);
    const absurd = `exec "${Deno.execPath()}" run -qA --config="${ROOT}deno.json" "${ROOT}cli/main.ts" "$@"`;
    await Deno.writeTextFile(join(bin, "absurd"), `#!/bin/sh\n${absurd}\n`, { mode: 0o755 });
    const env = { ABSURD_DATABASE_URL: own.url };
    const run = async (path = `${bin}:${Deno.env.get("PATH")}`) => {
      const command = new Deno.Command(RECIPE, { args: [incoming, accepted], env: { ...env, PATH: path } });
      return (await command.output()).success;
    };

    await writeOld(join(incoming, "night one.uvh5"));
    await writeOld(join(incoming, "two.uvh5"));
    await Deno.writeTextFile(join(incoming, "arriving.uvh5"), "");
    assert.equal(await run(Deno.env.get("PATH")), false, "without absurd");
    assert.ok(await run());
    assert.deepEqual(await namesIn(incoming), ["arriving.uvh5"]);
    assert.deepEqual(await namesIn(accepted), ["night one.uvh5", "two.uvh5"]);

    // as if it had been interrupted before the file left the folder
    await writeOld(join(incoming, "two.uvh5"));
    assert.ok(await run());
    const workflows = await cliJson(["workflow", "list"], { env });
    assert.equal(workflows.length, 2);
  });
});
