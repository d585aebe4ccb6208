/**
 * `absurd task priority`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { examples, jsonOption, newCommand, wholeNumber } from "../command.ts";
import type { CliContext } from "../context.ts";
import { tell, UsageError } from "../errors.ts";
import { resolveTaskIds, resolveWorkflowId } from "../ids.ts";
import { printJson } from "../output.ts";

const INT_MAX = 2 ** 31 - 1;

/** Makes the command. */
export function taskPriorityCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "priority")
    .description("Changes the priority of pending tasks: higher is claimed first.")
    .argument("<priority>", "whole number", wholeNumber({ min: -INT_MAX, max: INT_MAX }))
    .argument("[id...]", "ids of tasks, or unique prefixes of them")
    .option("--queue <name>", "those of this queue")
    .option("--name <name>", "those of this name")
    .option("--workflow <id>", "those of this workflow")
    .option("--all", "every pending one")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .addHelpText(
      "after",
      examples("absurd task priority 10 0199e4a2-7b1c", "absurd task priority -- -5 --name image"),
    )
    .action((priority, prefixes, { queue, name, workflow, all, json, databaseUrl }) =>
      withClient(context, { databaseUrl }, async (client) => {
        const isChosen = prefixes.length > 0 || [queue, name, workflow].some((flag) => flag !== undefined);
        if (isChosen === Boolean(all)) {
          throw new UsageError(
            isChosen ? "--all does not go with ids or other filters" : "Nothing says which tasks are meant",
            "Give ids, --queue, --name, --workflow, or --all for every pending task",
          );
        }
        const changed = await client.setPriorities({
          taskIds: prefixes.length > 0 ? await resolveTaskIds(client, prefixes) : undefined,
          queueName: queue,
          taskName: name,
          workflowId: workflow === undefined ? undefined : await resolveWorkflowId(client, workflow),
          all,
        }, priority);
        tell(context, `Changed the priority of ${changed.length} pending tasks to ${priority}`);
        if (json) printJson(context, changed.map((taskId) => ({ taskId, priority })));
      })
    );
}
