/**
 * `absurd postgres stop`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { tell } from "../errors.ts";
import { FOLDER_HELP, serverFolder } from "./folder.ts";

/** Makes the command. */
export function postgresStopCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "stop")
    .description("Stops the server; its data stays.")
    .argument("[folder]", FOLDER_HELP)
    .action(async (folder) => {
      const { stopPostgres } = await import("@dsa110/absurd/postgres");
      const directory = serverFolder(context, folder);
      const wasRunning = await stopPostgres(directory);
      tell(
        context,
        wasRunning ? `Stopped PostgreSQL in ${directory}` : `PostgreSQL was not running in ${directory}`,
      );
    });
}
