/**
 * `absurd prune`: forgetting what ended long ago.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { parseDuration } from "@dsa110/absurd";
import { databaseOption, durationText, readConfig, withClient } from "./client.ts";
import { examples, jsonOption, newCommand, yesOption } from "./command.ts";
import { confirm } from "./confirm.ts";
import type { CliContext } from "./context.ts";
import { tell, UsageError } from "./errors.ts";
import { printJson } from "./output.ts";

/** Makes the command. */
export function pruneCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "prune")
    .description(
      "Forgets tasks, workflows and events that ended long ago. Dead letters that wait are kept, and what unfinished " +
        "tasks need. Workers do this by themselves.",
    )
    .addOption(
      new Option("--older-than <duration>", "age, such as 30d (env: ABSURD_RETENTION, default: 30d)")
        .argParser(durationText),
    )
    .addOption(yesOption())
    .addOption(jsonOption())
    .addOption(databaseOption())
    .addHelpText("after", examples("absurd prune", "absurd prune --older-than 7d --yes"))
    .action((flags) =>
      withClient(context, flags, async (client) => {
        const { olderThan } = flags;
        const seconds = olderThan === undefined ? readConfig(context).retentionSec : parseDuration(olderThan);
        if (seconds === 0 && olderThan === undefined) {
          throw new UsageError("ABSURD_RETENTION is 0: everything is kept", "Give --older-than DURATION");
        }
        await confirm(
          context,
          `This forgets what ended more than ${olderThan ?? `${seconds} s`} ago.`,
          flags,
        );
        const pruned = await client.prune(seconds, { signal: context.signal });
        tell(
          context,
          `Forgot ${pruned.tasks} tasks, ${pruned.workflows} workflows, ${pruned.events} events, ${pruned.keys} keys ` +
            `and ${pruned.workers} workers`,
        );
        if (flags.json) printJson(context, pruned);
      })
    );
}
