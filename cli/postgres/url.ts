/**
 * `absurd postgres url`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { CliError } from "../errors.ts";
import { FOLDER_HELP, serverFolder } from "./folder.ts";

/** Makes the command. */
export function postgresUrlCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "url")
    .description("Prints the URL of the running server, with its password, for psql and other programs.")
    .argument("[folder]", FOLDER_HELP)
    .action(async (folder) => {
      const { postgresUrl } = await import("@dsa110/absurd/postgres");
      const directory = serverFolder(context, folder);
      const url = await postgresUrl(directory);
      if (url === null) {
        throw new CliError(`PostgreSQL is not running in ${directory}`, {
          hint: `absurd postgres start ${directory} starts it`,
        });
      }
      context.stdout.write(`${url}\n`);
    });
}
