/**
 * What all commands have in common: how they are made, and the options that several of them take.
 *
 * @module
 */

import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError as InvalidOptionError,
  Option,
} from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";

/** Width of help where there is no terminal. */
const DEFAULT_HELP_WIDTH = 100;

/**
 * Makes an empty command that writes to the context and throws instead of exiting.
 *
 * @param context Where help and mistakes are written.
 * @param name Name of the command, with its arguments if it has any.
 */
export function newCommand(context: CliContext, name: string): Command {
  const width = () => context.columns() ?? DEFAULT_HELP_WIDTH;
  return new Command(name)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: width,
      getErrHelpWidth: width,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .helpOption("-h, --help", "show this help")
    .showHelpAfterError("(add --help to see the usage)")
    .enablePositionalOptions();
}

/** Makes a command that only holds others. */
export function newGroup(
  context: CliContext,
  name: string,
  description: string,
  commands: CommandUnknownOpts[],
): CommandUnknownOpts {
  const group = newCommand(context, name).description(description).helpCommand(false);
  for (const command of commands) group.addCommand(command);
  return group;
}

/** Examples under a command's help. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

/** `--json`. */
export function jsonOption(): Option<"--json"> {
  return new Option("--json", "print one JSON document");
}

/** `--jsonl`. */
export function jsonlOption(): Option<"--jsonl"> {
  return new Option("--jsonl", "print one JSON document a line") as Option<"--jsonl">;
}

/** `--time`; the program takes care of it. */
export function timeOption(): Option<"--time <style>"> {
  return new Option("--time <style>", "how to show times: relative, iso or local (env: ABSURD_TIME)")
    .choices(["relative", "iso", "local"]) as Option<"--time <style>">;
}

/** `--yes`. */
export function yesOption(): Option<"-y, --yes"> {
  return new Option("-y, --yes", "do not ask");
}

/** `--dry-run`. */
export function dryRunOption(): Option<"--dry-run"> {
  return new Option("--dry-run", "only say how many tasks it would work on, and show some");
}

/** `--limit`. */
export function limitOption(
  limit: number,
): Option<"--limit <n>", undefined, number, undefined, false, number> {
  return new Option("--limit <n>", "rows at most").argParser(wholeNumber({ min: 1 })).default(limit);
}

/** What the database's whole numbers can hold. */
const LARGEST = 2 ** 31 - 1;

/**
 * A parser of whole numbers for commander, which names the flag in its error.
 *
 * @param range Smallest and largest number allowed.
 */
export function wholeNumber(range: { min?: number; max?: number } = {}): (text: string) => number {
  const { min = -LARGEST, max = LARGEST } = range;
  return (text) => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidOptionError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** A parser for commander that gathers the values of an option that may be given several times. */
export function gather(text: string, earlier: string[] | undefined): string[] {
  return [...earlier ?? [], text];
}
