/**
 * `absurd version`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { SCHEMA_VERSION, VERSION } from "@dsa110/absurd";
import { jsonOption, newCommand } from "./command.ts";
import type { CliContext } from "./context.ts";
import { printJson } from "./output.ts";

/** Makes the command. */
export function versionCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "version")
    .description("Prints the versions of absurd, of the schema that it installs, and of Deno.")
    .addOption(jsonOption())
    .action((flags) => {
      const versions = { absurd: VERSION, schema: SCHEMA_VERSION, deno: Deno.version.deno };
      if (flags.json) printJson(context, versions);
      else context.stdout.write(`absurd ${VERSION} (schema ${SCHEMA_VERSION}, deno ${versions.deno})\n`);
    });
}
