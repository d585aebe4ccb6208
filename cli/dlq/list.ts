/**
 * `absurd dlq list`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, withClient } from "../client.ts";
import { examples, jsonlOption, jsonOption, limitOption, newCommand, timeOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { printRows } from "../output.ts";
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
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .action((flags) =>
      withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
        const filter = await deadLetterFilter(client, flags);
        const letters = await client.listDeadLetters({ ...filter, limit: flags.limit });
        const secrets = await findSecrets(context);
        const shown = letters.map((letter) => secrets.hide(letter));
        await printRows(context, shown, flags, (rows) => printDeadLetters(context, rows));
      })
    );
}
