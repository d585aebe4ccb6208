/**
 * Whether what a manifest names is there on this machine, and what of it is bound by no permissions.
 *
 * @module
 */

import { resolve } from "node:path";
import { denoExecutable } from "../deno_executable.ts";
import { findProgram, succeeds } from "./launcher.ts";
import type { Manifest } from "./manifest.ts";
import type { StageDefinition } from "./manifest_stage.ts";

/**
 * Looks for the modules and programs of a manifest's stages, and for what else they require.
 *
 * @param manifest Checked manifest.
 * @returns One sentence for each that is missing; none when all is well.
 * @example
 * ```ts
 * import { checkPrograms } from "./check.ts";
 * import { defaultManifestPath, loadManifest } from "./manifest.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(await checkPrograms(await loadManifest(defaultManifestPath())), []);
 * ```
 */
export async function checkPrograms(manifest: Manifest): Promise<string[]> {
  const problems = await Promise.all([
    requireDeno(manifest).then(() => null, (error: Error) => error.message),
    ...Object.values(manifest.stages).map((stage) => checkProgram(stage, manifest)),
  ]);
  const missing = await findMissingPackages(Object.values(manifest.stages));
  return [...problems.filter((problem) => problem !== null), ...missing];
}

/** Several stages may require the same: it is looked for once. */
async function findMissingPackages(stages: readonly StageDefinition[]): Promise<string[]> {
  const wanted = new Map<string, { requirement: string; command: readonly string[]; stages: string[] }>();
  for (const { name, requires } of stages) {
    for (const [requirement, command] of Object.entries(requires)) {
      const key = JSON.stringify([requirement, command]);
      const users = wanted.get(key)?.stages ?? [];
      wanted.set(key, { requirement, command, stages: [...users, `"${name}"`] });
    }
  }
  const sentences = await Promise.all(
    wanted.values().map(async ({ requirement, command, stages }) => {
      if (await succeeds(command)) return [];
      const users = stages.length === 1 ? `stage ${stages[0]} needs` : `stages ${stages.join(", ")} need`;
      return [`${requirement} is not installed on this machine, which ${users}`];
    }),
  );
  return sentences.flat();
}

/**
 * Makes sure that there is a Deno where stages are modules: a node may have the compiled binary only.
 *
 * @param manifest Checked manifest.
 * @throws {AbsurdError} When there is none.
 */
export async function requireDeno(manifest: Manifest): Promise<void> {
  if (Object.values(manifest.stages).some(({ program }) => "module" in program)) await denoExecutable();
}

/**
 * Tells which stages of a manifest could do more than their permissions say.
 *
 * @param manifest Checked manifest.
 * @returns One sentence for each such stage.
 * @example
 * ```ts
 * import { describeUnsafe } from "./check.ts";
 * import { defaultManifestPath, loadManifest } from "./manifest.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(describeUnsafe(await loadManifest(defaultManifestPath())), []);
 * ```
 */
export function describeUnsafe(manifest: Manifest): string[] {
  return Object.values(manifest.stages).flatMap(({ name, program, permissions, unsafe }) => {
    if ("command" in program) return [`Stage "${name}" is a command, which no permissions bind`];
    const started = permissions.run === undefined ? "" : "; the programs it runs are bound by no permissions";
    if (unsafe) return [`Stage "${name}" is declared unsafe${started}`];
    return started ? [`Stage "${name}" may run programs${started}`] : [];
  });
}

async function checkProgram(
  { name, program }: StageDefinition,
  { directory }: Manifest,
): Promise<string | null> {
  if ("module" in program) {
    const exists = await Deno.stat(program.module).then((info) => info.isFile, () => false);
    return exists ? null : `Module "${program.module}" of stage "${name}" does not exist`;
  }
  const wanted = program.command[0].source.replaceAll("{stage_dir}", directory);
  const found = await findProgram(wanted.includes("/") ? resolve(directory, wanted) : wanted);
  return found ? null : `Program "${wanted}" of stage "${name}" is not installed on this machine`;
}
