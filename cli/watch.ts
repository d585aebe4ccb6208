/**
 * Watching a task or a workflow until it has ended.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { databaseOption, durationText } from "./client.ts";
import { examples, jsonlOption, jsonOption, newCommand } from "./command.ts";
import type { CliContext } from "./context.ts";
import { type OutputFlags, printJson, printJsonLine } from "./output.ts";
import { findSecrets, Secrets } from "./secrets.ts";
import { type StepsView, viewSteps } from "./progress.ts";

/** Flags of a command that watches. */
export interface WatchFlags extends OutputFlags {
  /** `--timeout`, as a duration. */
  timeout?: string;
  /** `--database-url`. */
  databaseUrl?: string;
}

/** What a command watches. */
export interface WatchCommand {
  /** Kind of thing. */
  readonly kind: "task" | "workflow";
  /** What is shown until it has ended. */
  readonly shows: string;
  /** Lines for the help's examples. */
  readonly lines: string[];
  /** Watches the one whose id starts with `prefix`. */
  act(prefix: string, flags: WatchFlags): Promise<void>;
}

/** Makes a command that watches. */
export function newWatchCommand(
  context: CliContext,
  { kind, shows, lines, act }: WatchCommand,
): CommandUnknownOpts {
  return newCommand(context, "watch")
    .description(
      `Shows ${shows} until it has ended. Exit code: 0 completed, 3 failed, 4 cancelled, 5 timed out.`,
    )
    .argument("<id>", `id of the ${kind}, or a unique prefix of it`)
    .addOption(
      new Option("--timeout <duration>", "give up after 90s or 2h30m, with exit code 5 (default: for ever)")
        .argParser(durationText),
    )
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .addHelpText("after", examples(...lines))
    .action((prefix, flags) => act(prefix, flags as WatchFlags));
}

/**
 * Shows how something goes on, in the form that flags say: drawn in place or as lines on stderr; each change as a JSON
 * line, or the end as a JSON document on stdout.
 *
 * @param wait Waits for the end, calling back with each change.
 * @param how How a change is drawn, and what of it is not for the screen.
 * @returns What it was at its end.
 */
export async function watch<T>(
  context: CliContext,
  flags: OutputFlags,
  wait: (onChange: (value: T) => void) => Promise<T>,
  how: { show(view: StepsView, value: T): void; hide(secrets: Secrets, value: T): T },
): Promise<T> {
  const { show, hide } = how;
  const secrets = flags.json || flags.jsonl ? await findSecrets(context) : new Secrets();
  if (flags.jsonl) return await wait((value) => printJsonLine(context, hide(secrets, value)));
  using view = viewSteps(context);
  const ended = await wait((value) => show(view, value));
  if (flags.json) printJson(context, hide(secrets, ended));
  return ended;
}
