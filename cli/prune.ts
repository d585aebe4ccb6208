/**
 * `absurd prune`: forgetting what ended long ago.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { parseDuration, type PruneResult } from "@dsa110/absurd";
import { databaseOption, durationText, readConfig, withClient } from "./client.ts";
import { examples, jsonOption, newCommand, yesOption } from "./command.ts";
import { confirm } from "./confirm.ts";
import type { CliContext } from "./context.ts";
import { tell, UsageError } from "./errors.ts";
import { duration } from "./format.ts";
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
    .addOption(new Option("--dry-run", "only say how much it would forget"))
    .addOption(yesOption())
    .addOption(jsonOption())
    .addOption(databaseOption())
    .addHelpText("after", examples("absurd prune --dry-run", "absurd prune --older-than 7d --yes"))
    .action((flags) =>
      withClient(context, flags, async (client) => {
        const { olderThan } = flags;
        const seconds = olderThan === undefined ? readConfig(context).retentionSec : parseDuration(olderThan);
        if (seconds === 0 && olderThan === undefined) {
          throw new UsageError("ABSURD_RETENTION is 0: everything is kept", "Give --older-than DURATION");
        }
        const old = `what ended more than ${olderThan ?? duration(seconds * 1000)} ago`;
        if (flags.dryRun) {
          const prunable = await client.getPrunable(seconds);
          tell(context, `Would forget ${old}: ${describe(prunable)}`);
          if (flags.json) printJson(context, prunable);
          return;
        }
        // not how much: to count costs almost half of what it costs to forget
        await confirm(context, `This forgets ${old}; --dry-run tells how much that is.`, flags);
        const pruned = await client.prune(seconds, { signal: context.signal });
        tell(context, `Forgot ${describe(pruned)}`);
        if (flags.json) printJson(context, pruned);
      })
    );
}

function describe({ tasks, workflows, events, keys, workers }: PruneResult): string {
  return `${tasks} tasks, ${workflows} workflows, ${events} events, ${keys} keys and ${workers} workers`;
}
