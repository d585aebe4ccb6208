/**
 * `absurd dlq purge`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { AbsurdClient, BulkOptions, BulkResult } from "@dsa110/absurd";
import type { BulkVerb } from "../bulk.ts";
import { examples, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { addDeadLetterBulkFlags, runDeadLetterBulk } from "./filter.ts";

const BATCH = 500;

/** Makes the command. */
export function dlqPurgeCommand(context: CliContext): CommandUnknownOpts {
  const command = newCommand(context, "purge")
    .description("Deletes dead letters for good; their tasks stay failed.")
    .option("--replayed", "also those that were replayed already")
    .addHelpText(
      "after",
      examples("absurd dlq purge 0199e4a2-7b1c", "absurd dlq purge --until 720h --yes"),
    );
  return addDeadLetterBulkFlags(command).action((prefixes, flags) =>
    runDeadLetterBulk(context, purgeVerb(flags.replayed), prefixes, flags)
  );
}

function purgeVerb(includeReplayed?: true): BulkVerb {
  return {
    name: "purge the dead letters of",
    past: "Purged the dead letters of",
    states: ["failed"],
    run: (client, taskIds, options) => purge(client, taskIds, { ...options, includeReplayed }),
  };
}

async function purge(
  client: AbsurdClient,
  taskIds: readonly string[],
  { signal, onProgress, includeReplayed }: BulkOptions & { includeReplayed?: boolean },
): Promise<BulkResult[]> {
  const results: BulkResult[] = [];
  for (let start = 0; start < taskIds.length && !signal?.aborted; start += BATCH) {
    const batch = taskIds.slice(start, start + BATCH);
    const purged = new Set(await client.purgeDeadLetters({ taskIds: batch, includeReplayed }));
    const left = await explain(client, batch.filter((taskId) => !purged.has(taskId)));
    results.push(...batch.map((taskId) => left.get(taskId) ?? done(taskId)));
    onProgress?.(results.length);
  }
  return results;
}

function done(taskId: string): BulkResult {
  return { taskId, outcome: "ok", state: "failed", message: null };
}

/** Why nothing was purged of tasks. */
async function explain(
  client: AbsurdClient,
  taskIds: readonly string[],
): Promise<ReadonlyMap<string, BulkResult>> {
  if (taskIds.length === 0) return new Map();
  const tasks = await client.listTasks({ taskIds, limit: taskIds.length });
  const states = new Map(tasks.map(({ taskId, state }) => [taskId, state]));
  const replayed = new Set(await client.findDeadLetters({ taskIds, includeReplayed: true }));
  return new Map(taskIds.map((taskId) => {
    const state = states.get(taskId) ?? null;
    const message = replayed.has(taskId)
      ? "its dead letter was replayed: --replayed purges such letters, too"
      : state === null
      ? "there is no such task"
      : "it has no dead letter";
    return [taskId, { taskId, outcome: "skipped", state, message }];
  }));
}
