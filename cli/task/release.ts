/**
 * `absurd task release`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { addBulkFlags, type BulkVerb, runBulk } from "../bulk.ts";
import { examples, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";

const RELEASE: BulkVerb = {
  name: "release",
  past: "Released",
  states: ["claimed"],
  run: (client, taskIds, options) => client.releaseTasks(taskIds, options),
};

/** Makes the command. */
export function taskReleaseCommand(context: CliContext): CommandUnknownOpts {
  const command = newCommand(context, "release")
    .description(
      "Takes claims back from their workers, without counting a failure. The worker ends the processes; once they are " +
        "gone, or the lease is over, the tasks are ready again.",
    )
    .addHelpText("after", EXAMPLES);
  return addBulkFlags(command).action((prefixes, flags) => runBulk(context, RELEASE, prefixes, flags));
}

const EXAMPLES = examples(
  "absurd task release 0199e4a2-7b1c",
  "absurd task release --until 2h --name calibrate",
  "absurd task release --worker node3-4711-9f2c --yes",
);
