/**
 * Asking before something cannot be taken back.
 *
 * @module
 */

import type { CliContext } from "./context.ts";
import { CliError, UsageError } from "./errors.ts";

/**
 * Goes on when the user says so: on a terminal by answering, elsewhere by `--yes`.
 *
 * @param warning What is about to happen, as a sentence with its period.
 * @throws UsageError when there is nobody to ask; CliError when the answer is not `y` or `yes`.
 */
export function confirm(context: CliContext, warning: string, { yes }: { yes?: boolean }): void {
  if (yes) return;
  if (!context.isTerminal.stdin || !context.isTerminal.stderr) {
    throw new UsageError(`${warning} There is no terminal to ask on`, "Add --yes to go on");
  }
  const answer = context.ask(`${warning} Go on? [y/N]`);
  if (/^\s*y(es)?\s*$/i.test(answer ?? "")) return;
  throw new CliError("Nothing was changed");
}
