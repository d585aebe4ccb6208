/**
 * `absurd task cancel`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { PENDING_STATES } from "@dsa110/absurd";
import { addBulkFlags, runBulk } from "../bulk.ts";
import { examples, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";

/** Makes the command. */
export function taskCancelCommand(context: CliContext): CommandUnknownOpts {
  const command = newCommand(context, "cancel")
    .description(
      "Cancels pending and claimed tasks, and what depends on them; a worker that runs one ends it.",
    )
    .option("--reason <text>", "why, for those who look at the task later")
    .addHelpText("after", EXAMPLES);
  return addBulkFlags(command).action((prefixes, flags) =>
    runBulk(
      context,
      {
        name: "cancel",
        past: "Cancelled",
        states: [...PENDING_STATES, "claimed"],
        already: "cancelled",
        run: (client, taskIds, options) => client.cancelTasks(taskIds, { ...options, reason: flags.reason }),
      },
      prefixes,
      flags,
    )
  );
}

const EXAMPLES = examples(
  "absurd task cancel 0199e4a2-7b1c --reason clouds",
  "absurd task cancel --name image --status pending --dry-run",
  "absurd task cancel --queue dsa110-pipeline --until 2h --yes",
);
