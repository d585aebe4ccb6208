/**
 * Which manifest of stages a command works with.
 *
 * @module
 */

import { readConfig } from "./client.ts";
import { type CliContext, userPath } from "./context.ts";

/** `--stages`. */
export interface StagesFlag {
  /** Path of a manifest. */
  stages?: string;
}

/**
 * The manifest that the user has: by flag, by ABSURD_STAGES, or `absurd.json` where they stand.
 *
 * @returns An absolute path, or undefined when only the reference pipeline's own is left.
 */
export async function userManifestPath(context: CliContext, flags: StagesFlag): Promise<string | undefined> {
  const { stagesPath } = readConfig(context, { ABSURD_STAGES: flags.stages });
  if (stagesPath !== undefined) return stagesPath;
  const local = userPath(context, "absurd.json");
  return await isFile(local) ? local : undefined;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false; // not there, or out of reach: the same for a default
  }
}
