/**
 * `absurd dlq show`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { DeadLetter } from "@dsa110/absurd";
import { databaseOption, withClient } from "../client.ts";
import { jsonOption, newCommand, timeOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { CliError } from "../errors.ts";
import { timeText } from "../format.ts";
import { resolveTaskId } from "../ids.ts";
import { printable, printFields, printJson } from "../output.ts";
import { findSecrets } from "../secrets.ts";
import { printAttempts } from "../task/attempts.ts";

/** Makes the command. */
export function dlqShowCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "show")
    .description("Shows a dead letter with all its attempts.")
    .argument("<id>", "id of the task, or a unique prefix of it")
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(databaseOption())
    .action((prefix, flags) =>
      withClient(context, flags, async (client) => {
        const taskId = await resolveTaskId(client, prefix);
        const found = await client.getDeadLetter(taskId);
        if (!found) {
          throw new CliError(`Task ${taskId} has no dead letter`, {
            hint: "absurd dlq list shows those that have",
          });
        }
        const letter = (await findSecrets(context)).hide(found);
        if (flags.json) printJson(context, letter);
        else printDeadLetter(context, letter);
      })
    );
}

function printDeadLetter(context: CliContext, letter: DeadLetter): void {
  printFields(context, [
    ["task", letter.taskId],
    ["name", letter.taskName],
    ["queue", letter.queueName],
    ["error", letter.error && printable(letter.error)],
    ["reason", letter.errorReason],
    ["workflow", letter.workflowId],
    ["step", letter.stepName],
    ["failures", letter.failures],
    ["failed", timeText(context, letter.failedAt)],
    ["replayed", timeText(context, letter.replayedAt)],
    ["params", JSON.stringify(letter.params)],
  ]);
  printAttempts(context, letter.attempts ?? []);
}
