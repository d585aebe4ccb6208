/**
 * Which folder the embedded server lives in.
 *
 * @module
 */

import { readConfig } from "../client.ts";
import { type CliContext, userPath } from "../context.ts";
import { UsageError } from "../errors.ts";

/** How the argument is described in help. */
export const FOLDER_HELP = "folder of the server (default: the one of ABSURD_DATABASE_URL=embedded:DIR)";

/**
 * The folder by argument, else by `ABSURD_DATABASE_URL=embedded:DIR`.
 *
 * @returns An absolute path.
 * @throws UsageError when neither names one.
 */
export function serverFolder(context: CliContext, argument: string | undefined): string {
  if (argument !== undefined) return userPath(context, argument);
  const match = /^embedded:(.+)$/s.exec(readConfig(context).databaseUrl ?? "");
  if (match) return userPath(context, match[1]);
  throw new UsageError(
    "Nothing says which folder the server lives in",
    "Give it as an argument, or set ABSURD_DATABASE_URL=embedded:DIR",
  );
}
