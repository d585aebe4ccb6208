/**
 * From flags and variables to a configuration, and to a client of the database.
 *
 * @module
 */

import {
  type CommandUnknownOpts,
  InvalidArgumentError as InvalidOptionError,
  Option,
} from "@commander-js/extra-typings";
import {
  AbsurdClient,
  AbsurdConfig,
  type AbsurdError,
  InvalidArgumentError,
  parseDuration,
  requireDatabaseUrl,
  type Setting,
  SETTINGS,
} from "@dsa110/absurd";
import { gather, wholeNumber } from "./command.ts";
import type { CliContext } from "./context.ts";
import { CliError, UsageError } from "./errors.ts";

/**
 * An option for a setting: its help names the variable and the default, and its value is checked by the setting's own
 * parser. The text is kept as it is, for {@linkcode readConfig}.
 *
 * @param flags As commander wants them, such as `--queue <name>`.
 * @param variable The setting's variable, such as `ABSURD_QUEUE_NAME`.
 */
export function settingOption<const Flags extends string>(flags: Flags, variable: string): Option<Flags> {
  const setting = findSetting(variable);
  const option = new Option(flags, settingHelp(setting));
  option.argParser(checkedBy(setting.parse));
  return option;
}

/** An option like {@linkcode settingOption} that may be given several times. */
export function repeatableSettingOption<const Flags extends string>(
  flags: Flags,
  variable: string,
): Option<Flags, undefined, undefined, string[]> {
  const setting = findSetting(variable);
  const check = checkedBy(setting.parse);
  return new Option(flags, `${settingHelp(setting)}; may be repeated`)
    .argParser((text: string, earlier: string[] | undefined) => gather(check(text), earlier));
}

/** Help for settings that have a variable and no flag. */
export function variablesHelp(...variables: string[]): string {
  const width = Math.max(...variables.map((variable) => variable.length));
  const lines = variables.map((variable) => {
    const { help, default: preset } = findSetting(variable);
    return `  ${variable.padEnd(width)}  ${help}${preset === undefined ? "" : ` (default: ${preset})`}`;
  });
  return `\nVariables without a flag:\n${lines.join("\n")}`;
}

function findSetting(variable: string): Setting {
  const setting = SETTINGS.find((candidate) => candidate.variable === variable);
  if (!setting) throw new TypeError(`There is no setting ${variable}`);
  return setting;
}

function settingHelp({ help, variable, default: preset }: Setting): string {
  return `${help} (env: ${variable}${preset === undefined ? "" : `, default: ${preset}`})`;
}

/** A parser for commander that checks a duration, such as `90s` or `2h30m`, and keeps its text. */
export const durationText: (text: string) => string = checkedBy(parseDuration);

/** `--timeout`, for commands that spawn: what the database takes, so that the error names the option. */
export function timeLimitOption(): Option<"--timeout <duration>", undefined, undefined, string> {
  const check = checkedBy((text) => {
    if (parseDuration(text) < 0.001) {
      throw new InvalidArgumentError(`"${text}" leaves no time: give 1ms or more`);
    }
  });
  return new Option("--timeout <duration>", "time limit of each attempt").argParser(check);
}

/** `--max-retries`, for commands that spawn. */
export function maxRetriesOption(): Option<"--max-retries <n>", undefined, undefined, number> {
  return new Option("--max-retries <n>", "retries after the first failure")
    .argParser(wholeNumber({ min: 0, max: 1_000_000 }));
}

/** Keeps the text of an option after the library's parser has seen it; commander's error names the flag. */
function checkedBy(parse: (text: string) => unknown): (text: string) => string {
  return (text) => {
    // as in a script whose variable is not set: the default would be a surprise
    if (text.trim() === "") throw new InvalidOptionError("It must not be empty.");
    try {
      parse(text);
    } catch (error) {
      const { message, hint } = error as AbsurdError;
      throw new InvalidOptionError(hint ? `${message}. ${hint}.` : `${message}.`);
    }
    return text;
  };
}

/** `--database-url`, which every command that needs the database takes. */
export function databaseOption(): Option<"--database-url <url>"> {
  return settingOption("--database-url <url>", "ABSURD_DATABASE_URL");
}

/** `--key-window`, for commands that take `--key`. */
export function keyWindowOption(holder: string): Option<"--key-window <duration>"> {
  return new Option(
    "--key-window <duration>",
    `how long a completed ${holder} holds its key; one that failed or was cancelled does not (default: 30d)`,
  ).argParser(durationText);
}

/**
 * Refuses `--key-window` without `--key`, which would change nothing. A variable may set it once for all keys to come.
 *
 * @throws UsageError.
 */
export function requireKey(command: CommandUnknownOpts): void {
  const isGiven = command.getOptionValueSource("keyWindow") === "cli";
  if (!isGiven || command.getOptionValue("key") !== undefined) return;
  throw new UsageError(
    `--key-window ${command.getOptionValue("keyWindow")} goes with --key: no key is held without one`,
    "Add --key KEY, or leave --key-window out",
  );
}

/** `--queue`, for commands that work on one queue. */
export function queueOption(): Option<"--queue <name>"> {
  return settingOption("--queue <name>", "ABSURD_QUEUE_NAME");
}

/**
 * The configuration by flag, variable and default, in this order.
 *
 * @param flags Values of flags by the variable that they stand for; undefined where a flag was not given.
 */
export function readConfig(
  context: CliContext,
  flags: Readonly<Record<string, string | undefined>> = {},
): AbsurdConfig {
  const given = Object.entries(flags).filter(([, text]) => text !== undefined);
  return AbsurdConfig.fromEnv({ ...context.env, INIT_CWD: context.baseDir, ...Object.fromEntries(given) });
}

/** The flags that say which database, and which queue where there is a choice. */
export interface ClientFlags {
  /** `--database-url`. */
  databaseUrl?: string;
  /** `--queue`. */
  queue?: string;
  /** An embedded server that is not there yet may be made. */
  mayCreate?: boolean;
}

/**
 * Opens a client, uses it, and closes it. An interruption ends it at once, with a query under way or not.
 *
 * @param flags `--database-url` and `--queue`.
 * @param use Receives the client and the configuration that it was made from.
 */
export async function withClient<T>(
  context: CliContext,
  flags: ClientFlags,
  use: (client: AbsurdClient, config: AbsurdConfig) => Promise<T>,
): Promise<T> {
  const config = readConfig(context, {
    ABSURD_DATABASE_URL: flags.databaseUrl,
    ABSURD_QUEUE_NAME: flags.queue,
  });
  const { signal } = context;
  signal.throwIfAborted();
  const databaseUrl = requireDatabaseUrl(config);
  if (!flags.mayCreate) await requireFolder(databaseUrl);
  const work = async () => {
    await using client = new AbsurdClient({
      databaseUrl,
      listenUrl: config.listenUrl,
      queueName: config.queueName,
      dlqEnabled: config.dlqEnabled,
    });
    return await use(client, config);
  };
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const interrupt = () => reject(signal.reason);
  signal.addEventListener("abort", interrupt, { once: true });
  return await Promise.race([work(), interrupted]).finally(() =>
    signal.removeEventListener("abort", interrupt)
  );
}

/**
 * Refuses an embedded server that is not there: a mistake in the path would make another one, which stays when the
 * command has ended.
 *
 * @throws CliError when the folder is missing.
 */
export async function requireFolder(databaseUrl: string | undefined): Promise<void> {
  if (!databaseUrl?.startsWith("embedded:")) return;
  const path = databaseUrl.slice("embedded:".length);
  if (path === "") return; // which is refused as a URL
  await Deno.stat(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) return;
    throw new CliError(`There is no folder ${path}, which ABSURD_DATABASE_URL names`, {
      hint: "Correct it, or run absurd init, which makes a server there",
    });
  });
}
