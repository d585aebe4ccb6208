/**
 * `absurd chain show`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Chain, ChainStep } from "@dsa110/absurd";
import { settingOption } from "../client.ts";
import { jsonOption, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { toDocument } from "../document.ts";
import { printJson, printTable } from "../output.ts";
import { findChain } from "./find.ts";

/** Makes the command. */
export function chainShowCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "show")
    .description("Shows the steps of a chain.")
    .argument("<chain>", "name of a chain, or a JSON file")
    .addOption(settingOption("--stages <file>", "ABSURD_STAGES"))
    .addOption(jsonOption())
    .action(async (name, flags) => {
      const chain = await findChain(context, name, flags);
      if (flags.json) return printJson(context, chain);
      await printTable(
        context,
        ["step", "task", "depends on", "params", "options"],
        chain.steps.map((step, index) => [
          step.name,
          step.task,
          parents(chain, index).join(", ") || null,
          step.params ? JSON.stringify(step.params) : null,
          options(step) || null,
        ]),
      );
    });
}

/** A step that names none follows the one before it. */
function parents(chain: Chain, index: number): string[] {
  const edges = chain.steps[index].dependsOn ?? chain.steps.slice(index - 1, index).map(({ name }) => name);
  return edges.map((edge) => typeof edge === "string" ? edge : `${edge.step} (${edge.onParentFailure})`);
}

/** As documents have them, such as `timeout_sec=60`. */
function options(
  { name: _name, task: _task, params: _params, dependsOn: _dependsOn, ...rest }: ChainStep,
): string {
  return Object.entries(toDocument(rest) as object).map(([key, value]) => `${key}=${value}`).join(" ");
}
