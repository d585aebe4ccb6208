/**
 * `absurd chain list`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { settingOption } from "../client.ts";
import { jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { printJson, printTable } from "../output.ts";
import { knownChains } from "./find.ts";

/** Makes the command. */
export function chainListCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "list")
    .description("Lists the chains that can be named: the manifest's and the built-in ones.")
    .addOption(settingOption("--stages <file>", "ABSURD_STAGES"))
    .addOption(jsonOption())
    .action(async (flags) => {
      const known = await knownChains(context, flags);
      if (flags.json) return printJson(context, known.map(({ chain, source }) => ({ ...chain, source })));
      await printTable(
        context,
        ["chain", "steps", "source"],
        known.map((
          { chain, source },
        ) => [chain.name, chain.steps.map(({ name }) => name).join(" → "), source]),
      );
    });
}
