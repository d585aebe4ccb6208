// deno-lint-ignore-file no-console
/**
 * Builds what nodes get, under dist/.
 *
 * `deno task bundle`: `absurd.js`, the whole program in one file for any Deno 2; beside it what stages need:
 * `stage.js` with `deno.json` (so that they can import `@dsa110/absurd/stage`) and `stages/`, the reference pipeline
 * with nothing left to download.
 *
 * `deno task compile [TARGET…|--all]`: the same as a binary, `TARGET/absurd`, for this machine or for the targets named;
 * needs the base binaries of Deno, which are downloaded once.
 *
 * @module
 */

import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const DIST = join(ROOT, "dist");

/** All that have the embedded server, too. */
const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
];

/** What is the same for all targets, and lies beside the program. */
const COMPANIONS = ["stage.js", "deno.json", "stages", "LICENSE"];

/** How stages import their helper; and sockets of the service manager are behind a flag in Deno. */
const CONFIG = {
  imports: { "@dsa110/absurd/stage": "./stage.js" },
  unstable: ["net"],
  lock: false,
};

const SHEBANG = "#!/usr/bin/env -S deno run --quiet --no-prompt --allow-all\n";

/** Bundles the program and the reference pipeline into `folder`. */
export async function bundle(folder: string = DIST): Promise<void> {
  await Deno.mkdir(join(folder, "stages"), { recursive: true });
  await bundleModule("cli/main.ts", join(folder, "absurd.js"));
  await makeExecutable(join(folder, "absurd.js"));
  await bundleModule("lib/stage/program.ts", join(folder, "stage.js"));
  await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify(CONFIG, null, 2) + "\n");
  await Deno.copyFile(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  await bundleStages(join(folder, "stages"));
}

/** The reference pipeline, and the same by other programs: each module one file, and the manifests that name them. */
async function bundleStages(folder: string): Promise<void> {
  for (const name of ["absurd.json", "external.json"]) {
    const manifest = JSON.parse(await Deno.readTextFile(join(ROOT, "scripts/stages", name)));
    delete manifest.$schema;
    for (const stage of Object.values<{ module?: string }>(manifest.stages)) {
      if (stage.module === undefined) continue;
      const bundled = `${basename(stage.module, ".ts")}.js`;
      await bundleModule(`scripts/stages/${stage.module}`, join(folder, bundled));
      stage.module = bundled;
    }
    await Deno.writeTextFile(join(folder, name), JSON.stringify(manifest, null, 2) + "\n");
  }
  await copyPrograms("scripts/stages/external", join(folder, "external"));
}

async function copyPrograms(source: string, folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for await (const { name, isFile } of Deno.readDir(join(ROOT, source))) {
    if (isFile) await Deno.copyFile(join(ROOT, source, name), join(folder, name));
  }
}

/** Compiles the bundle in `folder` for each target, into a folder of the target's name. */
export async function compile(targets: readonly string[], folder: string = DIST): Promise<void> {
  const config = join(folder, "deno.json"); // flags that are not stable are part of it
  for (const target of targets) {
    const own = join(folder, target);
    await Deno.mkdir(own, { recursive: true });
    const options = [
      "--quiet",
      "--no-check",
      "--no-prompt",
      "--allow-all",
      "--target",
      target,
      "--config",
      config,
    ];
    await runDeno("compile", ...options, "--output", join(own, "absurd"), join(folder, "absurd.js"));
    const copied = COMPANIONS.map((name) => join(folder, name));
    await new Deno.Command("cp", { args: ["-R", ...copied, own] }).output();
  }
}

async function bundleModule(module: string, output: string): Promise<void> {
  await runDeno("bundle", "--quiet", "--platform", "deno", "--output", output, module);
}

async function makeExecutable(path: string): Promise<void> {
  await Deno.writeTextFile(path, SHEBANG + await Deno.readTextFile(path));
  await Deno.chmod(path, 0o755);
}

async function runDeno(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  if (success) return;
  // what comes after it is Deno's own stack
  const [reason] = new TextDecoder().decode(stderr).split("\n\nStack backtrace");
  throw new Error(`deno ${args.join(" ")}\n${reason}`);
}

async function main([what, ...targets]: readonly string[]): Promise<void> {
  await bundle();
  console.log("Bundled dist/absurd.js, with stage.js, deno.json and stages/ beside it");
  if (what !== "compile") return;
  const wanted = targets.includes("--all") ? TARGETS : targets.length > 0 ? targets : [Deno.build.target];
  await compile(wanted);
  for (const target of wanted) console.log(`Compiled dist/${target}/absurd`);
}

if (import.meta.main) {
  await main(Deno.args).catch((error: Error) => {
    console.error(`error: ${error.message}`);
    Deno.exitCode = 1;
  });
}
