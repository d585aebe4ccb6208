import assert from "node:assert/strict";
import { join, relative } from "node:path";
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
  return entries.map(({ name }) => name).filter((name) => !/^[.]|^workflows/.test(name)).sort();
}

/** Runs the recipe on two folders, with an `absurd` in PATH. */
interface Recipe {
  readonly incoming: string;
  readonly accepted: string;
  readonly env: Record<string, string>;
  run(env?: Record<string, string>): Promise<{ success: boolean; stderr: string[] }>;
}

async function withRecipe(use: (recipe: Recipe) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await using own = await testDatabase();
    const [bin, incoming, accepted] = ["bin", "incoming", "accepted"].map((name) => join(folder, name));
    for (const path of [bin, incoming, accepted]) await Deno.mkdir(path);
    const absurd = `exec "${Deno.execPath()}" run -qA --config="${ROOT}deno.json" "${ROOT}cli/main.ts" "$@"`;
    await Deno.writeTextFile(join(bin, "absurd"), `#!/bin/sh\n${absurd}\n`, { mode: 0o755 });
    const env = { ABSURD_DATABASE_URL: own.url };
    const withAbsurd = { ...env, SUBBANDS: "2", PATH: `${bin}:${Deno.env.get("PATH")}` };
    const run = async (changed: Record<string, string> = {}) => {
      const command = new Deno.Command(RECIPE, {
        args: [incoming, accepted],
        env: { ...withAbsurd, ...changed },
      });
      const { success, stderr } = await command.output();
      return { success, stderr: new TextDecoder().decode(stderr).trim().split("\n") };
    };
    await use({ incoming, accepted, env, run });
  });
}

/** Names of the files that each workflow was spawned with, by key. */
async function spawnedFiles({ env, accepted }: Recipe): Promise<Record<string, string[]>> {
  const workflows: { key: string; params: { input: string[] } }[] = await cliJson(["workflow", "list"], {
    env,
  });
  return Object.fromEntries(
    workflows.map(({ key, params }) => [key, params.input.map((path) => relative(accepted, path))]),
  );
}

Deno.test("the recipe for cron spawns one chain for each observation that has arrived, even when it is interrupted", async () => {
  await withRecipe(async (recipe) => {
    const { incoming, accepted, env, run } = recipe;
    const whole = ["night one.uvh5", "two_sb00.uvh5", "two_sb01.uvh5"];
    for (const name of whole) await writeOld(join(incoming, name));
    await writeOld(join(incoming, "late_sb00.uvh5"), 20);
    // these have to wait: a sub-band is missing, and the file was written to just now
    const partial = ["arriving.uvh5", "three_sb00.uvh5"];
    await Deno.writeTextFile(join(incoming, partial[0]), "");
    await writeOld(join(incoming, partial[1]));
    assert.equal((await run({ PATH: Deno.env.get("PATH")! })).success, false, "without absurd");
    assert.ok((await run()).success);
    assert.deepEqual(await namesIn(incoming), partial);
    assert.deepEqual(await namesIn(accepted), ["late_sb00.uvh5", ...whole]);

    // as if it had been interrupted before the files left the folder
    for (const name of whole.slice(1)) await Deno.link(join(accepted, name), join(incoming, name));
    assert.ok((await run()).success);
    assert.deepEqual(await namesIn(incoming), partial);
    assert.equal((await cliJson(["workflow", "list"], { env })).length, 3);
    assert.deepEqual(await spawnedFiles(recipe), {
      late: ["late_sb00.uvh5"],
      "night one": ["night one.uvh5"],
      two: ["two_sb00.uvh5", "two_sb01.uvh5"],
    });
  });
});

Deno.test("the recipe for cron puts sub-bands within 60 seconds together, and says what stays", async () => {
  await withRecipe(async (recipe) => {
    const { incoming, run } = recipe;
    const observations = [
      ["2026-02-28T23:59:30_sb01.hdf5", "2026-03-01T00:00:30_sb00.hdf5"],
      ["2026-03-01T00:00:31_sb00.hdf5", "2026-03-01T00:00:31_sb01.hdf5"],
      ["2026-03-01T08:00:00_sb00.hdf5", "2026-03-01T08:00:01_sb01.hdf5"],
    ];
    for (const name of observations.flat()) await writeOld(join(incoming, name));
    const staying = [".copied_sb00.hdf5.x", "2026-03-01T08:05:09_sb00.hdf5", "notes.txt", 'odd".hdf5'];
    for (const name of staying) await writeOld(join(incoming, name));
    const said = (await run()).stderr.filter((line) => line.includes(" stays: ")).sort();
    assert.deepEqual(said, [
      "2026-03-01T08:05:09 stays: 1 of 2 sub-bands; spawned with those when none came for 10 minutes",
      "notes.txt stays: it is not NAME.hdf5, NAME.uvh5 or a sub-band NAME_sb00.hdf5",
      'odd".hdf5 stays: it is not NAME.hdf5, NAME.uvh5 or a sub-band NAME_sb00.hdf5',
    ]);
    assert.deepEqual(await namesIn(incoming), staying.slice(1));
    const keyed = Object.fromEntries(observations.map((files) => [files[0].slice(0, 19), files]));
    assert.deepEqual(await spawnedFiles(recipe), keyed);

    // as if it had been interrupted when the first had left the folder: the rest belongs to it still
    const [file] = observations[2].slice(1);
    await Deno.link(join(recipe.accepted, file), join(incoming, file));
    assert.ok((await run({ PATIENCE: "1" })).success);
    assert.deepEqual(Object.keys(await spawnedFiles(recipe)).sort(), [
      ...Object.keys(keyed),
      "2026-03-01T08:05:09",
    ]);
  });
});
