/**
 * `absurd dlq list`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { AbsurdClient } from "@dsa110/absurd";
import { databaseOption, withClient } from "../client.ts";
import { examples, jsonlOption, jsonOption, limitOption, newCommand, timeOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { resolveTaskId } from "../ids.ts";
import { printRows } from "../output.ts";
import { tellMore } from "../page.ts";
import { findSecrets } from "../secrets.ts";
import { addDeadLetterFilters, deadLetterFilter } from "./filter.ts";
import { printDeadLetters } from "./table.ts";

/** Makes the command. */
export function dlqListCommand(context: CliContext): CommandUnknownOpts {
  const command = newCommand(context, "list")
    .description("Lists dead letters, the newest first.")
    .option("--replayed", "also those that were replayed already")
    .addHelpText("after", examples("absurd dlq list --since 8h", "absurd dlq list --name image --jsonl"));
  return addDeadLetterFilters(command)
    .addOption(limitOption(100))
    .option("--cursor <id>", "go on after this dead letter: ID/ATTEMPT of the last one of the page before")
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .action((flags) =>
      withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
        const letters = await client.listDeadLetters({
          ...await deadLetterFilter(client, flags),
          before: flags.cursor === undefined ? undefined : await resolveCursor(client, flags.cursor),
          limit: flags.limit,
        });
        const secrets = await findSecrets(context);
        const shown = letters.map((letter) => secrets.hide(letter));
        await printRows(context, shown, flags, (rows) => printDeadLetters(context, rows));
        tellMore(context, letters, flags.limit, ({ taskId, attempt }) => `${taskId}/${attempt}`);
      })
    );
}

/** A task has a dead letter for each time that it failed for good; its id alone names the newest. */
async function resolveCursor(client: AbsurdClient, cursor: string): Promise<string> {
  const [, prefix, attempt = ""] = /^([^/]*)(\/\d{1,9})?$/.exec(cursor) ?? [];
  if (prefix === undefined) {
    throw new UsageError(
      `--cursor: "${cursor}" is no ID/ATTEMPT`,
      "absurd dlq list tells the cursor of its next page",
    );
  }
  return await resolveTaskId(client, prefix, "--cursor") + attempt;
}
