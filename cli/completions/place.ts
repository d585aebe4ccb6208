/**
 * Where in a command line somebody is.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";

type CommandOption = CommandUnknownOpts["options"][number];

/** What is being written. */
export interface Place {
  /** The command. */
  readonly command: CommandUnknownOpts;
  /** Names of the commands that lead to it, itself included. */
  readonly path: readonly string[];
  /** The option whose value is being written. */
  readonly option?: CommandOption;
  /** How many arguments stand before. */
  readonly argumentCount: number;
  /** The beginning of the word. */
  readonly start: string;
}

/**
 * Finds out what the last of some words is to be.
 *
 * @param words Of the command line, without the program's name; the last one is unfinished.
 */
export function findPlace(program: CommandUnknownOpts, words: readonly string[]): Place {
  let command = program;
  const path: string[] = [];
  let option: CommandOption | undefined;
  let argumentCount = 0;
  const start = words.at(-1) ?? "";
  for (const word of words.slice(0, -1)) {
    const open = option;
    if (word.startsWith("-") && word !== "-") {
      option = takesValue(command.options.find(({ long, short }) => long === word || short === word));
      continue;
    }
    // a variadic option takes words until the next option
    option = open?.variadic ? open : undefined;
    if (open) continue;
    const child = argumentCount === 0 ? command.commands.find((each) => each.name() === word) : undefined;
    if (child) [command, argumentCount] = [child, 0], path.push(word);
    else argumentCount++;
  }
  return { command, path, option, argumentCount, start };
}

function takesValue(option: CommandOption | undefined): CommandOption | undefined {
  return option?.required || option?.optional ? option : undefined;
}
