/**
 * `absurd complete`: what the scripts of `absurd completions` ask.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { newCommand } from "./command.ts";
import { findPlace, type Place } from "./completions/place.ts";
import { type Candidate, FILES, valuesOf } from "./completions/values.ts";
import type { CliContext } from "./context.ts";
import { programFor } from "./program.ts";

/** Makes the command. */
export function completeCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "complete")
    .description(
      "Prints the words that may come next in a command line, the last word of which is unfinished.",
    )
    .argument("[word...]", "the words after absurd")
    .action(async (words) => {
      const program = await programFor(context, words[0]);
      for (const { value, about } of await candidates(context, findPlace(program, words))) {
        context.stdout.write(about ? `${value}\t${about}\n` : `${value}\n`);
      }
    });
}

async function candidates(context: CliContext, place: Place): Promise<Candidate[]> {
  const { command, option, start, argumentCount } = place;
  const all: Candidate[] = [];
  if (!option && start.startsWith("-")) all.push(...optionsOf(command));
  else {
    if (!option && argumentCount === 0) all.push(...subcommandsOf(command));
    all.push(...await valuesOf(context, place));
  }
  return all.filter((candidate) => candidate === FILES || candidate.value.startsWith(start));
}

function subcommandsOf(command: CommandUnknownOpts): Candidate[] {
  return command.createHelp().visibleCommands(command).map((child) => ({
    value: child.name(),
    about: firstSentence(child.summary() || child.description()),
  }));
}

function optionsOf(command: CommandUnknownOpts): Candidate[] {
  return command.createHelp().visibleOptions(command).flatMap(({ long, description }) =>
    long ? [{ value: long, about: firstSentence(description.replace(/ \(env: .*/, "")) }] : []
  );
}

function firstSentence(text: string): string {
  return text.split(/[.;:](?: |$)/)[0];
}
