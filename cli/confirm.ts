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
export async function confirm(
  context: CliContext,
  warning: string,
  { yes }: { yes?: boolean },
): Promise<void> {
  if (yes) return;
  if (!canAsk(context)) {
    throw new UsageError(`${warning} There is no terminal to ask on`, "Add --yes to go on");
  }
  const answer = await context.ask(`${warning} Go on? [y/N]`);
  if (/^\s*y(es)?\s*$/i.test(answer ?? "")) return;
  throw new CliError("Nothing was changed");
}

/**
 * Refuses early what will have to ask, where nobody can answer.
 *
 * @throws UsageError without a terminal and `--yes`.
 */
export function requireAnswer(context: CliContext, { yes }: { yes?: boolean }): void {
  if (yes || canAsk(context)) return;
  throw new UsageError(
    "This asks before it does anything, and there is no terminal to ask on",
    "Add --yes to go on, or --dry-run to see what it would work on",
  );
}

function canAsk({ isTerminal }: CliContext): boolean {
  return isTerminal.stdin && isTerminal.stderr;
}
