/**
 * `absurd task retry`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { addBulkFlags, type BulkVerb, runBulk } from "../bulk.ts";
import { examples, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";

const RETRY: BulkVerb = {
  name: "retry",
  past: "Retried",
  states: ["failed", "cancelled"],
  run: (client, taskIds, options) => client.retryTasks(taskIds, options),
};

/** Makes the command. */
export function taskRetryCommand(context: CliContext): CommandUnknownOpts {
  const command = newCommand(context, "retry")
    .description("Makes failed or cancelled tasks pending again, and what was cancelled because of them.")
    .addHelpText("after", EXAMPLES);
  return addBulkFlags(command).action((prefixes, flags) => runBulk(context, RETRY, prefixes, flags));
}

const EXAMPLES = examples(
  "absurd task retry 0199e4a2-7b1c",
  "absurd task retry --status failed --name image --since 8h",
  "absurd task retry --status failed --error timeout --yes",
);
