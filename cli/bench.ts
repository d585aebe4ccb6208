/**
 * `absurd bench`: how fast the queue is on the user's own database.
 *
 * @module
 */

import { type CommandUnknownOpts, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { AbsurdClient, requireDatabaseUrl } from "@dsa110/absurd";
import { databaseOption, readConfig, requireFolder } from "./client.ts";
import { examples, jsonOption, newCommand } from "./command.ts";
import type { CliContext } from "./context.ts";
import { tell } from "./errors.ts";
import { printJson, printTable } from "./output.ts";
import type { BenchFigures } from "./bench/measure.ts";

const MAX_TASKS = 100_000;

/** Makes the command. */
export function benchCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "bench")
    .description(
      "Measures how fast tasks are spawned, claimed and completed on this database, how long they wait, and what each " +
        "costs the server. The tasks do nothing; they run in this process on a queue of their own, which is removed " +
        "at the end. Other work on the server makes the figures worse, and is made slower.",
    )
    .addOption(
      new Option("--tasks <number>", `tasks of the larger measurements, 100 to ${MAX_TASKS}`)
        .argParser(taskCount)
        .default(10_000),
    )
    .addOption(jsonOption())
    .addOption(databaseOption())
    .addHelpText("after", examples("absurd bench", "absurd bench --tasks 1000 --json"))
    .action(async (flags) => {
      const { measureQueue } = await import("./bench/measure.ts");
      const config = readConfig(context, { ABSURD_DATABASE_URL: flags.databaseUrl });
      const databaseUrl = requireDatabaseUrl(config);
      await requireFolder(databaseUrl);
      const queueName = `bench-${crypto.randomUUID().slice(0, 8)}`;
      const { tasks } = flags;
      const { signal } = context;
      const onStep = (what: string) => tell(context, `Measuring: ${what}`);
      // Not withClient: an interrupt must not keep the queue from being removed.
      await using client = await new AbsurdClient({ databaseUrl }).connect();
      try {
        const figures = await measureQueue({ config, databaseUrl, queueName, tasks, signal, onStep });
        if (flags.json) printJson(context, figures);
        else await printFigures(context, figures);
      } finally {
        await client.discardBenchTasks(queueName);
      }
    });
}

function taskCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 100 && count <= MAX_TASKS) return count;
  throw new InvalidArgumentError(`It must be a whole number from 100 to ${MAX_TASKS}.`);
}

async function printFigures(context: CliContext, { rates, latencies }: BenchFigures): Promise<void> {
  await printTable(
    context,
    ["", "tasks", "tasks/s", "WAL bytes/task", "buffers/task"],
    rates.map(({ what, tasks, perSec, walBytesPerTask, buffersPerTask }) => [
      what,
      tasks,
      perSec,
      walBytesPerTask,
      buffersPerTask,
    ]),
  );
  await printTable(
    context,
    ["", "p50 ms", "p95 ms", "p99 ms"],
    latencies.map(({ what, p50Ms, p95Ms, p99Ms }) => [what, p50Ms, p95Ms, p99Ms]),
  );
}
