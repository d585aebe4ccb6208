/**
 * `absurd postgres status`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { jsonOption, newCommand, timeOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { EarlyExit, ExitCode } from "../errors.ts";
import { timeText } from "../format.ts";
import { printFields, printJson } from "../output.ts";
import { FOLDER_HELP, serverFolder } from "./folder.ts";

/** Makes the command. */
export function postgresStatusCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "status")
    .description("Says whether the server runs; exits 1 when it does not.")
    .argument("[folder]", FOLDER_HELP)
    .addOption(timeOption())
    .addOption(jsonOption())
    .action(async (folder, flags) => {
      const { postgresStatus } = await import("@dsa110/absurd/postgres");
      const status = await postgresStatus(serverFolder(context, folder));
      if (flags.json) printJson(context, status);
      else {
        printFields(context, [
          ["folder", status.directory],
          ["running", status.running ? "yes" : "no"],
          ["version", status.version],
          ["port", status.port],
          ["pid", status.pid],
          ["started", timeText(context, status.startedAt)],
        ]);
      }
      if (!status.running) throw new EarlyExit(ExitCode.failed);
    });
}
