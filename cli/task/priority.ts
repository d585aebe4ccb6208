/**
 * `absurd task priority`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { PENDING_STATES } from "@dsa110/absurd";
import { addBulkFlags, runBulk } from "../bulk.ts";
import { examples, newCommand, wholeNumber } from "../command.ts";
import type { CliContext } from "../context.ts";

const INT_MAX = 2 ** 31 - 1;

/** Makes the command. */
export function taskPriorityCommand(context: CliContext): CommandUnknownOpts {
  const command = newCommand(context, "priority")
    .description("Changes the priority of pending tasks: higher is claimed first.")
    .argument("<priority>", "whole number", wholeNumber({ min: -INT_MAX, max: INT_MAX }))
    .addHelpText("after", EXAMPLES);
  return addBulkFlags(command).action((priority, prefixes, flags) =>
    runBulk(
      context,
      {
        name: `give priority ${priority} to`,
        past: `Gave priority ${priority} to`,
        states: PENDING_STATES,
        run: (client, taskIds, options) => client.prioritizeTasks(taskIds, priority, options),
      },
      prefixes,
      flags,
    )
  );
}

const EXAMPLES = examples(
  "absurd task priority 10 0199e4a2-7b1c",
  "absurd task priority 5 --name image --yes",
  "absurd task priority --name image --yes -- -5",
);
