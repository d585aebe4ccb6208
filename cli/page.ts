/**
 * Lists in pages.
 *
 * @module
 */

import type { CliContext } from "./context.ts";
import { tell } from "./errors.ts";

/**
 * Says on a terminal how to go on after a page of rows that may not be the last.
 *
 * @param limit Rows that were asked for.
 * @param cursor The cursor of a row.
 */
export function tellMore<Row>(
  context: CliContext,
  rows: readonly Row[],
  limit: number,
  cursor: (last: Row) => string,
): void {
  if (rows.length < limit || !context.isTerminal.stderr) return;
  tell(context, `There may be more: --cursor ${cursor(rows[rows.length - 1])}`);
}
