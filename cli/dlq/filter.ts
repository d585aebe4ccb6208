/**
 * Flags that say which dead letters are meant.
 *
 * @module
 */

import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { AbsurdClient, DeadLetterFilter } from "@dsa110/absurd";
import { type BulkRunFlags, type BulkVerb, mostOption, requireChoice, workOn } from "../bulk.ts";
import { databaseOption, withClient } from "../client.ts";
import { dryRunOption, jsonOption, yesOption } from "../command.ts";
import type { CliContext } from "../context.ts";
import { addFilterOptions, isFiltered, type TaskFilterFlags } from "../filters.ts";
import { resolveTaskIds, resolveWorkflowId } from "../ids.ts";
import { parsePeriod } from "../times.ts";

/** Flags that choose dead letters, as commander hands them over. */
export type DeadLetterFlags =
  & Pick<TaskFilterFlags, "queue" | "name" | "workflow" | "since" | "until" | "error">
  & {
    /** `--replayed`. */
    replayed?: true;
  };

// deno-lint-ignore no-explicit-any -- as commander's own types have it
type AnyArguments = any[];

/** Adds the flags that choose dead letters. */
export function addDeadLetterFilters<Args extends AnyArguments, Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<Args, Options & DeadLetterFlags> {
  return addFilterOptions(command, ["queue", "name", "workflow", "since", "until", "error"]);
}

/** Adds ids, filters and the rest to a command that does something to dead letters. */
export function addDeadLetterBulkFlags<Args extends AnyArguments, Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<[...Args, string[]], Options & DeadLetterFlags & BulkRunFlags> {
  return addDeadLetterFilters(command.argument("[id...]", "ids of tasks, or unique prefixes of them"))
    .option("--all", "every one that was not replayed yet; needed without ids and filters")
    .addOption(mostOption())
    .addOption(dryRunOption())
    .addOption(yesOption())
    .addOption(jsonOption())
    .addOption(databaseOption()) as unknown as Command<
      [...Args, string[]],
      Options & DeadLetterFlags & BulkRunFlags
    >;
}

/** The filter that flags make. */
export async function deadLetterFilter(
  client: AbsurdClient,
  flags: DeadLetterFlags,
): Promise<DeadLetterFilter> {
  return {
    queueName: flags.queue,
    taskName: flags.name,
    workflowId: flags.workflow === undefined
      ? undefined
      : await resolveWorkflowId(client, flags.workflow, "--workflow"),
    ...await parsePeriod(client, flags),
    error: flags.error,
    includeReplayed: flags.replayed,
  };
}

/** Does something to the dead letters that ids or flags name. */
export async function runDeadLetterBulk(
  context: CliContext,
  verb: BulkVerb,
  prefixes: readonly string[],
  flags: DeadLetterFlags & BulkRunFlags,
): Promise<void> {
  const byId = prefixes.length > 0;
  requireChoice(context, byId, isFiltered(flags), flags);
  await withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
    const taskIds = byId
      ? await resolveTaskIds(client, prefixes)
      : await client.findDeadLetters(await deadLetterFilter(client, flags));
    await workOn(context, client, verb, { taskIds, byId, flags });
  });
}
