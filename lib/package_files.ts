/**
 * Files that come with this program. Where they lie depends on its form: in the checkout, beside the bundle, or beside
 * the compiled binary.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Files by what they are; paths in the checkout, and in the folder of a bundle or a binary. */
const FILES = {
  config: { checkout: "deno.json", shipped: "deno.json" },
  manifest: { checkout: "scripts/stages/absurd.json", shipped: "stages/absurd.json" },
} as const;

/** How this program runs. */
export interface ProgramForm {
  /** True for a compiled binary. */
  readonly standalone: boolean;
  /** Path of the binary, or of Deno. */
  readonly executable: string;
  /** URL of this very file, or of the bundle that it went into. */
  readonly url: string;
}

/**
 * Path of a file that comes with this program, whether or not it is there; null where the program came from the web.
 *
 * @param file `config` (says how stages import `@dsa110/absurd/stage`) or `manifest` (the reference pipeline's).
 */
export function packageFile(file: keyof typeof FILES, form: ProgramForm = ownForm()): string | null {
  const { checkout, shipped } = FILES[file];
  if (form.standalone) return join(dirname(form.executable), shipped);
  if (!form.url.startsWith("file:")) return null;
  const path = fileURLToPath(form.url);
  return basename(path) === "package_files.ts"
    ? join(dirname(dirname(path)), checkout)
    : join(dirname(path), shipped);
}

function ownForm(): ProgramForm {
  return { standalone: Deno.build.standalone, executable: Deno.execPath(), url: import.meta.url };
}
