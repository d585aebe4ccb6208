/**
 * How a module becomes a program: the command line of Deno, and what must be in its cache before.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { denoExecutable } from "../deno_executable.ts";
import { TaskFailure } from "../errors.ts";
import { packageFile } from "../package_files.ts";
import { findFailureLine } from "./outcome.ts";

/** A module that is ready to be run. */
export interface ModuleProgram {
  /** Deno's own executable. */
  readonly deno: string;
  /** Flags that say how imports are resolved. */
  readonly projectFlags: readonly string[];
  /** What Deno itself needs in an otherwise empty environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Prepares a module: finds out how its imports are resolved, and downloads those that Deno's cache lacks, so that
 * stages run with `--cached-only` on a fresh machine too. With everything in the cache this takes about 30 ms.
 *
 * @param module Absolute path of the module.
 * @param importFlags Flags that allow imports from further hosts.
 * @throws {TaskFailure} The module, or one that it imports, cannot be found or downloaded.
 */
export async function prepareModule(module: string, importFlags: readonly string[]): Promise<ModuleProgram> {
  const deno = await denoExecutable();
  const { config, hasLock } = await findProject(module);
  const projectFlags = [
    ...(config === null ? [] : [`--config=${config}`]),
    ...(hasLock ? [] : ["--no-lock"]),
  ];
  const args = ["cache", "--quiet", ...projectFlags, ...importFlags, module];
  const { success, stderr } = await new Deno.Command(deno, {
    args,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new TaskFailure(`Module "${module}" cannot be loaded: ${describeFailure(stderr)}`);
  }
  return {
    deno,
    projectFlags: [...projectFlags, ...(hasLock ? ["--frozen"] : [])],
    env: await denoEnvironment(),
  };
}

/** What is wrong, and where: it may be in another module, which this one imports. */
function describeFailure(stderr: Uint8Array): string {
  const text = new TextDecoder().decode(stderr);
  const line = findFailureLine(text);
  if (line === null) return "Deno did not say why";
  const [, place] = /^ +at (\S+)$/m.exec(text) ?? [];
  return place ? `${line.replace(/\.$/, "")}, at ${place}` : line;
}

/**
 * A module resolves its imports by the `deno.json` of its own project, and by this package's if it has none, so that a
 * single file can import `@dsa110/absurd/stage`. The project's lock file is brought up to date here, before the stage
 * runs, and only obeyed by the runs: they may be many at a time, and of a user who cannot write there. This package's
 * lock is not for what a stranger's module imports.
 */
async function findProject(module: string): Promise<{ config: string | null; hasLock: boolean }> {
  const config = await findConfig(dirname(module));
  if (config === null) return { config: await packageConfig(), hasLock: false };
  return { config, hasLock: await isFile(join(dirname(config), "deno.lock")) };
}

async function findConfig(directory: string): Promise<string | null> {
  for (const name of ["deno.json", "deno.jsonc"]) {
    if (await isFile(join(directory, name))) return join(directory, name);
  }
  const parent = dirname(directory);
  return parent === directory ? null : await findConfig(parent);
}

async function packageConfig(): Promise<string | null> {
  const path = packageFile("config");
  return path !== null && await isFile(path) ? path : null;
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}

let environment: Promise<Record<string, string>> | undefined;

/**
 * With an empty environment Deno runs, but looks for its cache in the wrong place: DENO_DIR is all that it needs (HOME
 * would do as well, and would tell the stage more). The update check is a download, and colours spoil a log.
 */
function denoEnvironment(): Promise<Record<string, string>> {
  environment ??= findCacheFolder().then((folder) => ({
    DENO_DIR: folder,
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  }));
  return environment;
}

/** Deno itself knows best, whatever variable or default it comes from. */
async function findCacheFolder(): Promise<string> {
  const deno = new Deno.Command(await denoExecutable(), { args: ["info", "--json"], stderr: "null" });
  const { stdout } = await deno.output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
