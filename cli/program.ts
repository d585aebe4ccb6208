/**
 * The table of commands, and the run of one of them. A command's file is loaded when it is the one that was asked for.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { examples, newCommand } from "./command.ts";
import type { CliContext } from "./context.ts";
import { ExitCode, reportError, UsageError } from "./errors.ts";
import { bindVariables } from "./variables.ts";

/** Makes a command for a context. */
type CommandMaker = (context: CliContext) => CommandUnknownOpts;

/** A command that is not loaded yet. */
interface CommandEntry {
  readonly summary: string;
  readonly load: () => Promise<CommandMaker>;
  /** For programs, not for people. */
  readonly hidden?: boolean;
}

/** All commands, in the order of the help. */
const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  init: {
    summary: "install or upgrade the schema in the database",
    load: async () => (await import("./init.ts")).initCommand,
  },
  status: {
    summary: "show health, queues, rates, workers and last errors",
    load: async () => (await import("./status.ts")).statusCommand,
  },
  spawn: {
    summary: "put a task into a queue and print its id; many by --batch",
    load: async () => (await import("./spawn.ts")).spawnCommand,
  },
  chain: {
    summary: "spawn the tasks of a chain, list and show chains",
    load: async () => (await import("./chain.ts")).chainCommand,
  },
  task: {
    summary: "list, show, explain, watch, cancel and retry tasks",
    load: async () => (await import("./task.ts")).taskCommand,
  },
  workflow: {
    summary: "list, show, watch and cancel workflows",
    load: async () => (await import("./workflow.ts")).workflowCommand,
  },
  worker: {
    summary: "run a worker, list workers",
    load: async () => (await import("./worker.ts")).workerCommand,
  },
  scheduler: {
    summary: "run a scheduler; add, list and change schedules",
    load: async () => (await import("./scheduler.ts")).schedulerCommand,
  },
  queue: {
    summary: "list, pause, resume and limit queues",
    load: async () => (await import("./queue.ts")).queueCommand,
  },
  dlq: {
    summary: "list, show, replay and purge dead letters",
    load: async () => (await import("./dlq.ts")).dlqCommand,
  },
  events: {
    summary: "follow what happens to tasks and workflows",
    load: async () => (await import("./events.ts")).eventsCommand,
  },
  serve: {
    summary: "run the server: live page, JSON, events over WebSocket, metrics",
    load: async () => (await import("./serve.ts")).serveCommand,
  },
  bench: {
    summary: "measure how fast the queue is on this database",
    load: async () => (await import("./bench.ts")).benchCommand,
  },
  prune: {
    summary: "forget what ended long ago",
    load: async () => (await import("./prune.ts")).pruneCommand,
  },
  doctor: {
    summary: "look for what is wrong, and say what to do",
    load: async () => (await import("./doctor.ts")).doctorCommand,
  },
  postgres: {
    summary: "start and stop the embedded PostgreSQL server",
    load: async () => (await import("./postgres.ts")).postgresCommand,
  },
  completions: {
    summary: "print completions for bash, zsh or fish",
    load: async () => (await import("./completions.ts")).completionsCommand,
  },
  complete: {
    summary: "print the words that may come next",
    load: async () => (await import("./complete.ts")).completeCommand,
    hidden: true,
  },
  version: {
    summary: "print versions",
    load: async () => (await import("./version.ts")).versionCommand,
  },
};

/**
 * Runs the command line and returns the exit code; throws nothing.
 *
 * @param args Arguments after the program's name.
 * @param context The outside world.
 */
export async function run(args: readonly string[], context: CliContext): Promise<number> {
  const words = ["-V", "--version"].includes(args[0]) ? ["version", ...args.slice(1)] : args;
  const name = wantedCommand(words);
  try {
    const program = await programFor(context, name);
    program.hook("preAction", (_program, action) => {
      refuseEmptyValues(action);
      setTimeStyle(context, action.opts());
    });
    await program.parseAsync(words[0] === "help" ? helpRequest(program, words) : words, { from: "user" });
    return ExitCode.done;
  } catch (error) {
    const isMonitoringCheck = name === "status" && words.includes("--check");
    return await reportError(context, error, isMonitoringCheck ? MONITORING_UNKNOWN : ExitCode.usage);
  }
}

/** Options whose text may be empty. */
const TEXTS: readonly string[] = ["description", "reason"];

/** A variable of a script that is not set would else choose nothing, or everything. */
function refuseEmptyValues(command: CommandUnknownOpts): void {
  for (const option of command.options) {
    const name = option.attributeName();
    const isEmpty = [command.getOptionValue(name)].flat().includes("");
    if (!isEmpty || TEXTS.includes(name) || command.getOptionValueSource(name) !== "cli") continue;
    throw new UsageError(`option '${option.flags}' argument '' is invalid. It must not be empty.`);
  }
}

/** `help task list` is `task list --help`; commander would show the help of what is there, and not say what is not. */
function helpRequest(program: CommandUnknownOpts, words: readonly string[]): string[] {
  const path = words.slice(1).filter((word) => !word.startsWith("-"));
  let command = program;
  for (const [index, name] of path.entries()) {
    const found = command.commands.find((child) => child.name() === name);
    if (!found) {
      const known = ["absurd", ...path.slice(0, index)].join(" ");
      throw new UsageError(
        `There is no command ${path.slice(0, index + 1).join(" ")}`,
        `${known} --help shows what there is`,
      );
    }
    command = found;
  }
  return [...path, "--help"];
}

/** By flag, variable, default. */
function setTimeStyle(
  context: CliContext,
  { time = context.env.ABSURD_TIME || "relative" }: { time?: string },
): void {
  if (time !== "relative" && time !== "iso" && time !== "local") {
    throw new UsageError(`ABSURD_TIME: "${time}" is none of relative, iso, local`);
  }
  context.timeStyle = time;
}

/** What monitoring systems take a plugin's wrong usage for. */
const MONITORING_UNKNOWN = 3;

/** The command that was asked for: the first operand, or the one after `help`. */
function wantedCommand(args: readonly string[]): string | undefined {
  const operands = args.filter((argument) => !argument.startsWith("-"));
  return operands[0] === "help" ? operands[1] : operands[0];
}

/** The program with all its commands. */
export async function completeProgram(context: CliContext): Promise<CommandUnknownOpts> {
  return await buildProgram(() => true, context);
}

/** The program with one of its commands; of the others it knows the names only. */
export async function programFor(
  context: CliContext,
  wanted: string | undefined,
): Promise<CommandUnknownOpts> {
  return await buildProgram((name) => name === wanted, context);
}

async function buildProgram(
  isWanted: (name: string) => boolean,
  context: CliContext,
): Promise<CommandUnknownOpts> {
  const program = newCommand(context, "absurd")
    .usage("COMMAND [options]")
    .description("A durable task queue in PostgreSQL, and the workers that run its stages.")
    .option("-V, --version", "print versions")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", EXAMPLES);
  for (const [name, { summary, load, hidden }] of Object.entries(COMMANDS)) {
    const command = isWanted(name) ? (await load())(context) : newCommand(context, name);
    bindVariables(context, command, [name]);
    program.addCommand(command.summary(summary), { hidden });
  }
  return program;
}

const EXAMPLES = examples(
  "absurd init",
  "absurd chain standard -P input=/data/observation.uvh5 --wait",
  "absurd status",
);
