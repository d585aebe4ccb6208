/**
 * `absurd task why`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand, timeOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { CliError } from "../errors.ts";
import { resolveTaskId } from "../ids.ts";
import { printable, printJson } from "../output.ts";
import { describeReason } from "./reason.ts";

/** Makes the command. */
export function taskWhyCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "why")
    .description("Says what holds a task back, and what would free it.")
    .argument("<id>", "id of the task, or a unique prefix of it")
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((prefix, flags) =>
      withClient(context, flags, async (client) => {
        const taskId = await resolveTaskId(client, prefix);
        const explanation = await client.explainTask(taskId);
        if (!explanation) throw new CliError(`There is no task ${taskId}`);
        if (flags.json) return printJson(context, explanation);
        const { taskName, queueName, state, reasons } = explanation;
        context.stdout.write(`Task ${taskName} (${taskId}) of queue ${queueName} is ${state}\n`);
        for (const reason of reasons) {
          const { text, remedy } = describeReason(context, taskId, reason);
          context.stdout.write(`- ${printable(text)}\n`);
          if (remedy) context.stdout.write(`  ${printable(remedy)}\n`);
        }
      })
    );
}
