/**
 * Watching a task or a workflow until it has ended.
 *
 * @module
 */

import { Option } from "@commander-js/extra-typings";
import { durationText } from "./client.ts";
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

/** `--timeout` of a command that watches. */
export function watchTimeoutOption(): Option<"--timeout <duration>"> {
  return new Option(
    "--timeout <duration>",
    "give up after 90s or 2h30m, with exit code 5 (default: for ever)",
  )
    .argParser(durationText) as Option<"--timeout <duration>">;
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
