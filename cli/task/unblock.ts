/**
 * `absurd task unblock`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { addBulkFlags, type BulkVerb, runBulk } from "../bulk.ts";
import { examples, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";

const UNBLOCK: BulkVerb = {
  name: "unblock",
  past: "Unblocked",
  states: ["blocked"],
  run: (client, taskIds, options) => client.unblockTasks(taskIds, options),
};

/** Makes the command. */
export function taskUnblockCommand(context: CliContext): CommandUnknownOpts {
  const command = newCommand(context, "unblock")
    .description(
      "Lets blocked tasks go on without the parents that failed or were cancelled (policy wait). Parents that have " +
        "not ended are still waited for.",
    )
    .addHelpText("after", EXAMPLES);
  return addBulkFlags(command).action((prefixes, flags) => runBulk(context, UNBLOCK, prefixes, flags));
}

const EXAMPLES = examples(
  "absurd task unblock 0199e4a2-7b1c",
  "absurd task unblock --workflow 0199e4a2-7a00 --dry-run",
);
