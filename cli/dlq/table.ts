/**
 * Dead letters as a table.
 *
 * @module
 */

import type { DeadLetter } from "@dsa110/absurd";
import type { CliContext } from "../context.ts";
import { ellipsis, shortIds, timeText } from "../format.ts";
import { printable, printTable } from "../output.ts";

const ERROR_LENGTH = 70;

/** Prints a table of dead letters, in the order given. */
export async function printDeadLetters(context: CliContext, letters: readonly DeadLetter[]): Promise<void> {
  const short = shortIds(letters.map(({ taskId }) => taskId));
  await printTable(
    context,
    ["task id", "task", "queue", "failures", "failed", "replayed", "error"],
    letters.map((letter) => [
      short(letter.taskId),
      letter.taskName,
      letter.queueName,
      letter.failures,
      timeText(context, letter.failedAt),
      timeText(context, letter.replayedAt),
      letter.error ? ellipsis(printable(letter.error), ERROR_LENGTH) : null,
    ]),
  );
}
