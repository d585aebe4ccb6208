/**
 * A variable for every flag: `ABSURD_TASK_LIST_LIMIT` stands for `absurd task list --limit`.
 *
 * @module
 */

import {
  type CommandUnknownOpts,
  InvalidArgumentError as InvalidOptionError,
} from "@commander-js/extra-typings";
import { gather } from "./command.ts";
import type { CliContext } from "./context.ts";
import { UsageError } from "./errors.ts";

/** What is decided anew at each call: a variable that was forgotten must not widen a command, nor answer for somebody. */
const DECISIONS: readonly string[] = ["yes", "all", "reset"];

type CommandOption = CommandUnknownOpts["options"][number];

/**
 * Names the variable of each option of a command and its subcommands in their help, and takes the values that are set.
 * A flag goes over its variable; where a flag may be repeated, it adds to it, and the variable may hold several values
 * between commas or spaces. An empty variable is as none, and `false` or `0` leaves a switch off. Options for a setting
 * have the setting's variable already.
 *
 * @param path Names of the commands that lead to this one, itself included.
 * @throws UsageError when a variable has a value that cannot be used.
 */
export function bindVariables(
  context: CliContext,
  command: CommandUnknownOpts,
  path: readonly string[],
): void {
  for (const option of command.options) {
    if (option.description.includes("(env: ") || DECISIONS.includes(option.attributeName())) continue;
    const name = variableName(path, option);
    option.description += ` (env: ${name})`;
    const text = context.env[name]?.trim();
    if (text) setFromVariable(command, option, name, text);
  }
  for (const child of command.commands) bindVariables(context, child, [...path, child.name()]);
}

/** Names of all variables that the help of a command and its subcommands tells of. */
export function variablesOf(command: CommandUnknownOpts): string[] {
  const own = command.options.flatMap(({ description }) => /\(env: (\w+)/.exec(description)?.[1] ?? []);
  return [...own, ...command.commands.flatMap(variablesOf)];
}

function variableName(path: readonly string[], option: CommandOption): string {
  const words = ["absurd", ...path, option.long?.replace(/^--/, "") ?? option.attributeName()];
  return words.join("_").replaceAll("-", "_").toUpperCase();
}

function setFromVariable(
  command: CommandUnknownOpts,
  option: CommandOption,
  name: string,
  text: string,
): void {
  const isSwitch = !option.required && !option.optional;
  if (isSwitch && !isOn(name, text)) return;
  const value = isSwitch ? !option.negate : parseValue(option, name, text);
  command.setOptionValueWithSource(option.attributeName(), value, "env");
}

/** Parameters are `key=value`, and the value may hold anything. */
function isList(option: CommandOption): boolean {
  return option.variadic || option.parseArg as unknown === gather && option.attributeName() !== "param";
}

function parseValue(option: CommandOption, name: string, text: string): unknown {
  const parse = (one: string, earlier?: unknown) =>
    option.parseArg
      ? option.parseArg(one, earlier as never)
      : isList(option)
      ? gather(one, earlier as [])
      : one;
  try {
    if (!isList(option)) return parse(text);
    return text.split(/[\s,]+/).filter(Boolean).reduce<unknown>(
      (earlier, one) => parse(one, earlier),
      undefined,
    );
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    throw new UsageError(`${name}: "${text}" cannot be used. ${error.message.replace(/\.$/, "")}`);
  }
}

function isOn(name: string, text: string): boolean {
  if (/^(true|yes|on|1)$/i.test(text)) return true;
  if (/^(false|no|off|0)$/i.test(text)) return false;
  throw new UsageError(`${name}: "${text}" is neither true nor false`);
}
