/**
 * `absurd chain`: all tasks of a chain at once.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { parseDuration, type SpawnChainResult, type Workflow } from "@dsa110/absurd";
import { chainListCommand } from "./chain/list.ts";
import { chainShowCommand } from "./chain/show.ts";
import { findChain } from "./chain/find.ts";
import {
  databaseOption,
  keyWindowOption,
  queueOption,
  requireKey,
  settingOption,
  variablesHelp,
  withClient,
} from "./client.ts";
import { examples, jsonOption, newCommand, wholeNumber } from "./command.ts";
import type { CliContext } from "./context.ts";
import { ifWritable, orSay, say, tell } from "./errors.ts";
import { printJson } from "./output.ts";
import { paramOption, paramsOption, readParams } from "./params.ts";
import { findSecrets } from "./secrets.ts";
import { endByWorkflow, printWaited, waitForWorkflow, waitOption, waitTimeoutOption } from "./wait.ts";

/** Makes the command with its subcommands. */
export function chainCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "chain")
    .description(
      "Spawns the tasks of a chain in one transaction and prints the id of the workflow on stdout.",
    )
    .argument("<chain>", "name of a chain, or a JSON file (with a / or .json in its name)")
    .addOption(paramsOption())
    .addOption(paramOption())
    .addOption(queueOption())
    .option(
      "--key <key>",
      "spawn nothing while a workflow of this queue holds the same key: tell its id instead",
    )
    .addOption(keyWindowOption("workflow"))
    .addOption(
      new Option("--priority <n>", "higher is claimed first, where a step does not say it (default: 0)")
        .argParser(wholeNumber()),
    )
    .addOption(settingOption("--stages <file>", "ABSURD_STAGES"))
    .addOption(waitOption())
    .addOption(waitTimeoutOption())
    .addOption(jsonOption())
    .addOption(databaseOption())
    .addHelpText("after", FILE_HELP)
    .addHelpText("after", variablesHelp("ABSURD_DLQ_ENABLED"))
    .addHelpText("after", EXAMPLES)
    .helpCommand(false)
    .addCommand(chainListCommand(context))
    .addCommand(chainShowCommand(context))
    .action((name, flags, command) => {
      requireKey(command);
      return runChain(context, name, flags);
    });
}

const FILE_HELP = `
A file holds {"steps": [{"task": …, "name": …, "params": {…}, "depends_on": [STEP, …]}, …]}. A step
may also have on_parent_failure (cancel, wait or ignore), priority, delay, max_retries and timeout,
as absurd spawn has them; an entry of depends_on may have a policy of its own:
{"step": STEP, "on_parent_failure": "ignore"}.`;

const EXAMPLES = examples(
  "absurd chain standard -P input=/data/observation.uvh5 --wait",
  "absurd chain quick -P input=/data/observation.uvh5 --key 2026-10-25T06:00",
  "absurd chain ./my-chain.json --params @params.json --json",
);

/** Flags of the command, as commander hands them over. */
interface ChainFlags {
  params?: string;
  param?: string[];
  queue?: string;
  key?: string;
  keyWindow?: string;
  priority?: number;
  stages?: string;
  wait?: boolean;
  waitTimeout?: string;
  json?: true;
  databaseUrl?: string;
}

async function runChain(context: CliContext, name: string, flags: ChainFlags): Promise<void> {
  const chain = await findChain(context, name, flags);
  const params = await readParams(context, flags);
  await withClient(context, flags, async (client, config) => {
    const { key, priority } = flags;
    const spawned = await client.spawnChain(chain, params, {
      queueName: config.queueName,
      key,
      keyWindowSec: flags.keyWindow === undefined ? undefined : parseDuration(flags.keyWindow),
      priority,
    });
    const { workflowId, created } = spawned;
    const made = `workflow ${workflowId} ${created ? "was spawned" : "has the key"}`;
    if (!flags.json) orSay(made, () => context.stdout.write(`${workflowId}\n`));
    else if (!flags.wait) orSay(made, () => printJson(context, spawned));
    ifWritable(() => warn(context, spawned, key));
    if (created) ifWritable(() => warnOfNames(context, spawned, config.queueName));
    if (!flags.wait) return;
    const workflow = await printWaited<Workflow>(waitForWorkflow(context, client, workflowId, flags), {
      read: () => client.getWorkflow(workflowId),
      async print(workflow) {
        if (!flags.json) return;
        const secrets = await findSecrets(context);
        orSay(
          made,
          () => printJson(context, { ...spawned, workflow: workflow && secrets.hideOfWorkflow(workflow) }),
        );
      },
    });
    endByWorkflow(context, workflow);
  });
}

function warn(
  context: CliContext,
  { workflowId, created, paramsDiffer }: SpawnChainResult,
  key?: string,
): void {
  if (paramsDiffer) {
    say(
      context,
      "warning",
      `Key ${key} belongs to workflow ${workflowId}, which has other params: they were kept`,
    );
  } else if (!created) {
    tell(context, `Key ${key} belongs to workflow ${workflowId}: nothing was spawned`);
  }
}

/** The warning that `spawn` gives for a task. */
function warnOfNames(context: CliContext, { notOffered }: SpawnChainResult, queueName: string): void {
  if (notOffered.length === 0) return;
  const tasks = notOffered.length === 1 ? "task" : "tasks";
  say(
    context,
    "warning",
    `No live worker offers ${tasks} ${notOffered.join(", ")} on queue ${queueName}: the chain waits for one`,
  );
}
