/**
 * The Deno that runs other modules.
 *
 * @module
 */

import { AbsurdConfig } from "./config.ts";
import { AbsurdError } from "./errors.ts";

/** The oldest major version whose flags are those that are used here. */
const MAJOR_VERSION = 2;

/** What the choice depends on. */
export interface DenoChoice {
  /** ABSURD_DENO. */
  readonly denoPath?: string;
  /** True for a compiled binary, which is not Deno and needs one that is installed. */
  readonly standalone: boolean;
}

let found: Promise<string> | undefined;

/**
 * Finds the Deno that runs modules: ABSURD_DENO, else the one that runs this program, else (in a compiled binary)
 * `deno` in PATH.
 *
 * @throws AbsurdError when there is none, or an older one.
 */
export function denoExecutable(): Promise<string> {
  found ??= chooseDeno({
    denoPath: AbsurdConfig.fromEnv().denoPath,
    standalone: Deno.build.standalone,
  });
  found.catch(() => found = undefined); // it may be installed while we run
  return found;
}

/** Chooses, and makes sure that an installed one is what it seems to be. */
export async function chooseDeno({ denoPath, standalone }: DenoChoice): Promise<string> {
  if (denoPath === undefined && !standalone) return Deno.execPath();
  const path = denoPath ?? "deno";
  const version = await readVersion(path);
  if (version?.startsWith(`deno ${MAJOR_VERSION}.`)) return path;
  const name = denoPath === undefined ? "deno in PATH" : `ABSURD_DENO, "${denoPath}"`;
  throw new AbsurdError(
    version === null
      ? `Modules are run by Deno, and there is no ${name}`
      : `${name} is no Deno ${MAJOR_VERSION}: it says "${version}"`,
    { hint: "Install Deno 2.9.6 on this machine, or name it with ABSURD_DENO" },
  );
}

async function readVersion(path: string): Promise<string | null> {
  try {
    const { stdout } = await new Deno.Command(path, { args: ["--version"], stderr: "null" }).output();
    return new TextDecoder().decode(stdout).split("\n")[0];
  } catch {
    return null;
  }
}
