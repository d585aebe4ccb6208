/**
 * `absurd postgres start`.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { jsonOption, newCommand, wholeNumber } from "../command.ts";
import type { CliContext } from "../context.ts";
import { tell } from "../errors.ts";
import { printJson } from "../output.ts";
import { FOLDER_HELP, serverFolder } from "./folder.ts";

/** Makes the command. */
export function postgresStartCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "start")
    .description("Starts the server, or finds it running already. It goes on until it is stopped.")
    .argument("[folder]", FOLDER_HELP)
    .addOption(
      new Option("--port <port>", "port on 127.0.0.1 (default: a free one)").argParser(
        wholeNumber({ min: 1, max: 65535 }),
      ),
    )
    .addOption(jsonOption())
    .action(async (folder, flags) => {
      const { startPostgres } = await import("@dsa110/absurd/postgres");
      const directory = serverFolder(context, folder);
      const server = await startPostgres(directory, { port: flags.port, signal: context.signal });
      const verb = server.started ? "Started PostgreSQL" : "PostgreSQL runs already";
      tell(context, `${verb} in ${server.directory}, port ${server.port}, pid ${server.pid}`);
      if (flags.json) printJson(context, server);
    });
}
