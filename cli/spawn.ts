/**
 * `absurd spawn`: one task into a queue.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { AbsurdClient, SpawnOptions, SpawnResult, Task } from "@dsa110/absurd";
import { parseDuration } from "@dsa110/absurd";
import {
  databaseOption,
  durationText,
  keyWindowOption,
  maxRetriesOption,
  queueOption,
  requireKey,
  timeLimitOption,
  variablesHelp,
  withClient,
} from "./client.ts";
import { examples, jsonOption, newCommand, wholeNumber } from "./command.ts";
import type { CliContext } from "./context.ts";
import { CliError, ifWritable, orSay, say, tell, UsageError } from "./errors.ts";
import { resolveTaskIds } from "./ids.ts";
import { printJson } from "./output.ts";
import { paramOption, paramsOption, readParams } from "./params.ts";
import { findSecrets } from "./secrets.ts";
import { parseTime } from "./times.ts";
import { endByTask, printWaited, waitForTask, waitOption, waitTimeoutOption } from "./wait.ts";

/** Makes the command. */
export function spawnCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "spawn")
    .description(
      "Puts a task into a queue and prints its id, and nothing else, on stdout; with --batch one for each line of JSON.",
    )
    .argument("[name]", "name of the task, as a stage of the workers' manifest has it")
    .addOption(paramsOption())
    .addOption(paramOption())
    .addOption(queueOption())
    .addOption(new Option("--priority <n>", "higher is claimed first (default: 0)").argParser(wholeNumber()))
    .addOption(new Option("--delay <duration>", "not before this time has passed").argParser(durationText))
    .addOption(
      new Option("--at <time>", "not before this time, such as 2026-10-25T06:00Z").conflicts("delay"),
    )
    .option("--depends-on <id...>", "tasks that must complete first")
    .addOption(
      new Option("--on-parent-failure <policy>", "what to do when such a task fails or is cancelled")
        .choices(["cancel", "wait", "ignore"]),
    )
    .option("--key <key>", "spawn nothing while a task of this queue holds the same key: tell its id instead")
    .addOption(keyWindowOption("task"))
    .addOption(maxRetriesOption())
    .addOption(timeLimitOption())
    .option("--strict", "spawn nothing where no live worker offers the task")
    .addOption(waitOption())
    .addOption(waitTimeoutOption())
    .addOption(
      new Option(
        "--batch <file>",
        "JSON lines, or - for standard input: all are spawned or none; other options hold where a line says nothing",
      ).conflicts(["params", "param", "dependsOn", "key", "strict", "wait", "json"]),
    )
    .option("--continue", "with --batch: spawn the good lines, and tell which were rejected")
    .addOption(jsonOption())
    .addOption(databaseOption())
    .addHelpText("after", variablesHelp("ABSURD_DLQ_ENABLED"))
    .addHelpText("after", EXAMPLES)
    .action((name, flags, command) => {
      if (flags.batch === undefined) requireKey(command); // lines of a batch have keys of their own
      return spawnAny(context, name, flags);
    });
}

const EXAMPLES = examples(
  "absurd spawn image -P visset=/data/a.visset -P size:=512",
  "id=$(absurd spawn convert_uvh5 --params @observation.json --key 2026-10-25T06:00)",
  'absurd spawn catalog --depends-on "$id" --on-parent-failure wait --wait',
  `echo '{"task_name": "image", "params": {"size": 512}, "key": "a"}' | absurd spawn --batch - --priority 5`,
);

/** Flags of the command, as commander hands them over. */
interface SpawnFlags {
  params?: string;
  param?: string[];
  queue?: string;
  priority?: number;
  delay?: string;
  at?: string;
  dependsOn?: string[];
  onParentFailure?: "cancel" | "wait" | "ignore";
  key?: string;
  keyWindow?: string;
  maxRetries?: number;
  timeout?: string;
  strict?: true;
  wait?: boolean;
  waitTimeout?: string;
  batch?: string;
  continue?: true;
  json?: true;
  databaseUrl?: string;
}

async function spawnAny(context: CliContext, name: string | undefined, flags: SpawnFlags): Promise<void> {
  const { batch } = flags;
  if (batch === undefined) {
    if (flags.continue) throw new UsageError("--continue goes with --batch");
    if (name === undefined) {
      throw new UsageError("Nothing says which task to spawn", "Give its name, or --batch FILE");
    }
    return await spawn(context, name, flags);
  }
  const { spawnBatch } = await import("./spawn/batch.ts");
  const options = Object.entries({ ...spawnOptions(flags), taskName: name });
  const defaults = Object.fromEntries(options.filter(([, value]) => value !== undefined));
  await spawnBatch(context, defaults, { ...flags, batch });
}

async function spawn(context: CliContext, name: string, flags: SpawnFlags): Promise<void> {
  const params = await readParams(context, flags);
  const options = spawnOptions(flags);
  await withClient(context, flags, async (client, config) => {
    if (flags.dependsOn) options.dependsOn = await resolveTaskIds(client, flags.dependsOn, "--depends-on");
    const spawned = flags.strict
      ? await client.spawnOffered(name, params, options) ?? refuse(name, config.queueName)
      : await client.spawnTask(name, params, options);
    const { taskId, created } = spawned;
    const made = `task ${taskId} ${created ? "was spawned" : "has the key"}`;
    if (!flags.json) orSay(made, () => context.stdout.write(`${taskId}\n`));
    else if (!flags.wait) orSay(made, () => printJson(context, spawned));
    if (spawned.paramsDiffer) await warnOfHolder(context, client, name, spawned, flags.key);
    ifWritable(() => warn(context, name, config.queueName, spawned, flags.key));
    if (!flags.wait) return;
    const task = await printWaited<Task>(waitForTask(context, client, taskId, flags), {
      read: () => client.getTask(taskId),
      async print(task) {
        if (!flags.json) return;
        const secrets = await findSecrets(context);
        orSay(made, () => printJson(context, { ...spawned, task: task && secrets.hide(task) }));
      },
    });
    endByTask(context, task);
  });
}

function spawnOptions(flags: SpawnFlags): SpawnOptions {
  const { priority, onParentFailure, key, maxRetries } = flags;
  return {
    priority,
    onParentFailure,
    key,
    maxRetries,
    keyWindowSec: flags.keyWindow === undefined ? undefined : parseDuration(flags.keyWindow),
    delaySec: flags.delay === undefined ? undefined : parseDuration(flags.delay),
    runAt: flags.at === undefined ? undefined : parseTime("--at", flags.at),
    timeoutSec: flags.timeout === undefined ? undefined : parseDuration(flags.timeout),
  };
}

function refuse(name: string, queueName: string): never {
  throw new CliError(`No live worker offers task ${name} on queue ${queueName}; nothing was spawned`, {
    hint: "absurd worker list shows what workers offer; without --strict the task waits for one",
  });
}

/** The key is held by a task that is not the one that was asked for. */
async function warnOfHolder(
  context: CliContext,
  client: AbsurdClient,
  name: string,
  { taskId }: SpawnResult,
  key?: string,
): Promise<void> {
  const holder = await client.getTask(taskId); // null: it was forgotten, and only its key is left
  const whose = holder ? `task ${holder.taskName} (${taskId})` : `task ${taskId}`;
  const problem = !holder
    ? "which had another name or other params"
    : holder.taskName === name
    ? "which has other params"
    : `not to one of name ${name}`;
  ifWritable(() =>
    say(context, "warning", `Key ${key} belongs to ${whose}, ${problem}: nothing was spawned`)
  );
}

function warn(
  context: CliContext,
  name: string,
  queueName: string,
  spawned: SpawnResult,
  key?: string,
): void {
  const { taskId, created, paramsDiffer, offered } = spawned;
  if (!created && !paramsDiffer) {
    tell(context, `Key ${key} belongs to task ${taskId}: nothing was spawned`);
  }
  if (created && !offered) {
    say(context, "warning", `No live worker offers task ${name} on queue ${queueName}: it waits for one`);
  }
}
