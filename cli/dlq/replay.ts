/**
 * `absurd dlq replay`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { BulkVerb } from "../bulk.ts";
import { examples, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { addDeadLetterBulkFlags, runDeadLetterBulk } from "./filter.ts";

const REPLAY: BulkVerb = {
  name: "replay",
  past: "Replayed",
  states: ["failed"],
  run: (client, taskIds, options) => client.retryTasks(taskIds, options),
};

/** Makes the command. */
export function dlqReplayCommand(context: CliContext): CommandUnknownOpts {
  const command = newCommand(context, "replay")
    .description("Runs dead letters again under the same ids, and what was cancelled because of them.")
    .addHelpText(
      "after",
      examples(
        "absurd dlq replay 0199e4a2-7b1c",
        "absurd dlq replay --name image --since 8h --dry-run",
        "absurd dlq replay --error 'no space left' --yes",
      ),
    );
  return addDeadLetterBulkFlags(command).action((prefixes, flags) =>
    runDeadLetterBulk(context, REPLAY, prefixes, flags)
  );
}
