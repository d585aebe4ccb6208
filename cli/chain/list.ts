/**
 * `absurd chain list`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { settingOption } from "../client.ts";
import { jsonlOption, jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { printRows, printTable } from "../output.ts";
import { knownChains } from "./find.ts";

/** Makes the command. */
export function chainListCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "list")
    .description("Lists the chains that can be named: the manifest's and the built-in ones.")
    .addOption(settingOption("--stages <file>", "ABSURD_STAGES"))
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .action(async (flags) => {
      const known = await knownChains(context, flags);
      const rows = known.map(({ chain, source }) => ({ ...chain, source }));
      await printRows(context, rows, flags, () =>
        printTable(
          context,
          ["chain", "steps", "source"],
          rows.map(({ name, steps, source }) => [name, steps.map((step) => step.name).join(" → "), source]),
        ));
    });
}
