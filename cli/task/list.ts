/**
 * `absurd task list`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { examples, jsonlOption, jsonOption, limitOption, newCommand, timeOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { addTaskFilters, taskFilter } from "../filters.ts";
import { resolveTaskId } from "../ids.ts";
import { printRows } from "../output.ts";
import { tellMore } from "../page.ts";
import { findSecrets } from "../secrets.ts";
import { printTasks } from "./table.ts";

/** Makes the command. */
export function taskListCommand(context: CliContext): CommandUnknownOpts {
  const command = newCommand(context, "list")
    .description("Lists tasks, the newest first.")
    .addHelpText("after", EXAMPLES);
  return addTaskFilters(command)
    .addOption(limitOption(50))
    .option("--cursor <id>", "go on after this task: the last one of the page before")
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .action((flags) =>
      withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
        const tasks = await client.listTasks({
          ...await taskFilter(client, flags),
          before: flags.cursor === undefined
            ? undefined
            : await resolveTaskId(client, flags.cursor, "--cursor"),
          limit: flags.limit,
        });
        const secrets = await findSecrets(context);
        const shown = tasks.map((task) => secrets.hide(task));
        await printRows(context, shown, flags, (rows) => printTasks(context, rows));
        tellMore(context, tasks, flags.limit, ({ taskId }) => taskId);
      })
    );
}

const EXAMPLES = examples(
  "absurd task list --status failed --since 8h",
  "absurd task list --status claimed --until 2h --name calibrate",
  "absurd task list --error 'no space left' --jsonl",
);
