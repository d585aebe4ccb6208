/**
 * Verbs that work on tasks by id, or on all that a filter names: what they would do, the question, and the report.
 *
 * @module
 */

import { type Command, Option, type OptionValues } from "@commander-js/extra-typings";
import type { AbsurdClient, BulkOptions, BulkResult, TaskState } from "@dsa110/absurd";
import { databaseOption, withClient } from "./client.ts";
import { dryRunOption, jsonOption, wholeNumber, yesOption } from "./command.ts";
import { confirm, requireAnswer } from "./confirm.ts";
import type { CliContext } from "./context.ts";
import { CliError, tell, UsageError } from "./errors.ts";
import { addTaskFilters, isFiltered, taskFilter, type TaskFilterFlags } from "./filters.ts";
import { countTasks } from "./format.ts";
import { resolveTaskIds } from "./ids.ts";
import { LiveLines } from "./live.ts";
import { canDraw, printJson } from "./output.ts";
import { findSecrets } from "./secrets.ts";
import { printTasks } from "./task/table.ts";

/** What is done to tasks, in words and by the client. */
export interface BulkVerb {
  /** The verb: `cancel`. */
  readonly name: string;
  /** What was done: `Cancelled`. */
  readonly past: string;
  /** States of tasks that it works on. */
  readonly states: readonly TaskState[];
  /** State of a task for which there was nothing to do, which is no failure. */
  readonly already?: TaskState;
  /** Does it. */
  run(client: AbsurdClient, taskIds: readonly string[], options: BulkOptions): Promise<BulkResult[]>;
}

/** Flags that say how to go about it. */
export type BulkRunFlags = {
  /** `--all`. */
  all?: true;
  /** `--limit`. */
  limit?: number;
  /** `--dry-run`. */
  dryRun?: true;
  /** `--yes`. */
  yes?: true;
  /** `--json`. */
  json?: true;
  /** `--database-url`. */
  databaseUrl?: string;
};

/** Flags of such a command, as commander hands them over. */
export type BulkFlags = TaskFilterFlags & BulkRunFlags;

const SAMPLE = 10;

// deno-lint-ignore no-explicit-any -- as commander's own types have it
type AnyArguments = any[];

/** `--limit` of what is done to many tasks. */
export function mostOption(): Option<"--limit <n>", undefined, number> {
  return new Option("--limit <n>", "only so many of those that filters or --all name, the oldest")
    .argParser(wholeNumber({ min: 1 }));
}

/** Adds ids, filters and the rest to a command. */
export function addBulkFlags<Args extends AnyArguments, Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<[...Args, string[]], Options & BulkFlags> {
  const filtered = addTaskFilters(command.argument("[id...]", "ids of tasks, or unique prefixes of them"));
  return filtered
    .option("--all", "every task that it works on; needed without ids and filters")
    .addOption(mostOption())
    .addOption(dryRunOption())
    .addOption(yesOption())
    .addOption(jsonOption())
    .addOption(databaseOption()) as unknown as Command<[...Args, string[]], Options & BulkFlags>;
}

/**
 * Does it to the tasks that ids or flags name. A filter's tasks are counted first, and asked about; exactly these are
 * worked on.
 */
export async function runBulk(
  context: CliContext,
  verb: BulkVerb,
  prefixes: readonly string[],
  flags: BulkFlags,
): Promise<void> {
  requireChoice(context, prefixes.length > 0, isFiltered(flags), flags);
  await withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
    const byId = prefixes.length > 0;
    const taskIds = byId
      ? await resolveTaskIds(client, prefixes)
      : await client.findTasks(await taskFilter(client, flags, verb.states));
    await workOn(context, client, verb, { taskIds, byId, flags });
  });
}

/**
 * Refuses a command that names nothing, or too much, or that would have to ask where nobody can answer.
 *
 * @param byId Whether ids were given.
 * @param filtered Whether filters were given.
 * @throws UsageError.
 */
export function requireChoice(
  context: CliContext,
  byId: boolean,
  filtered: boolean,
  flags: BulkRunFlags,
): void {
  const { all, limit } = flags;
  if (byId && filtered) throw new UsageError("Ids do not go with filters", "Give either of them");
  if (byId && limit !== undefined) throw new UsageError("--limit does not go with ids");
  if ((byId || filtered) && all) throw new UsageError("--all does not go with ids or filters");
  if (!byId && !filtered && !all) {
    throw new UsageError("Nothing says which tasks are meant", "Give ids, filters, or --all for every one");
  }
  if (!byId && !flags.dryRun) requireAnswer(context, flags);
}

/** Which tasks, and how to go about it. */
export interface BulkWork {
  /** The tasks, the oldest first where a filter named them; `--limit` cuts them. */
  readonly taskIds: readonly string[];
  /** Whether the user named each of them. */
  readonly byId: boolean;
  /** How to go about it. */
  readonly flags: BulkRunFlags;
}

/** Shows what would be done, or asks, does it and reports. */
export async function workOn(
  context: CliContext,
  client: AbsurdClient,
  verb: BulkVerb,
  { taskIds: all, byId, flags }: BulkWork,
): Promise<void> {
  const taskIds = all.slice(0, flags.limit);
  if (flags.dryRun) return await preview(context, client, verb, taskIds, flags);
  if (!byId && taskIds.length > 0) {
    await confirm(context, `This will ${verb.name} ${countTasks(taskIds.length)}.`, flags);
  }
  const results = await runShowingProgress(context, client, verb, taskIds);
  if (flags.json) printJson(context, results);
  report(context, verb, results, byId);
}

async function preview(
  context: CliContext,
  client: AbsurdClient,
  verb: BulkVerb,
  taskIds: readonly string[],
  { json }: BulkRunFlags,
): Promise<void> {
  const sample = taskIds.length === 0
    ? []
    : await client.listTasks({ taskIds: taskIds.slice(0, SAMPLE), limit: SAMPLE });
  if (json) {
    const secrets = await findSecrets(context);
    return printJson(context, { count: taskIds.length, sample: sample.map((task) => secrets.hide(task)) });
  }
  const rest = taskIds.length > SAMPLE ? `; the ${SAMPLE} oldest:` : sample.length > 0 ? ":" : "";
  tell(context, `Would ${verb.name} ${countTasks(taskIds.length)}${rest}`);
  if (sample.length > 0) await printTasks(context, sample);
}

async function runShowingProgress(
  context: CliContext,
  client: AbsurdClient,
  verb: BulkVerb,
  taskIds: readonly string[],
): Promise<BulkResult[]> {
  const { signal } = context;
  if (!canDraw(context, "stderr")) return await verb.run(client, taskIds, { signal });
  using lines = new LiveLines(context);
  const onProgress = (done: number) => {
    if (done < taskIds.length) lines.draw([`${done} of ${countTasks(taskIds.length)}`]);
    else lines.draw([]);
  };
  return await verb.run(client, taskIds, { signal, onProgress });
}

function report(context: CliContext, verb: BulkVerb, results: readonly BulkResult[], byId: boolean): void {
  const done = results.filter(({ outcome }) => outcome === "ok");
  const skipped = results.filter(({ outcome }) => outcome === "skipped");
  const wrong = byId ? skipped.filter(({ state }) => state === null || state !== verb.already) : [];
  if (done.length > 0 || wrong.length === 0) tell(context, `${verb.past} ${countTasks(done.length)}`);
  if (wrong.length > 0) {
    throw new CliError(
      wrong.map(({ taskId, message }) => `Could not ${verb.name} task ${taskId}: ${message}`).join("; "),
      { hint: `absurd task why ${wrong[0].taskId} tells more` },
    );
  }
  const alike = Object.entries(
    Object.groupBy(skipped, ({ message }) => withoutId(message ?? "for no reason")),
  );
  for (const [message, list = []] of alike) {
    const why = list.length === 1 ? list[0].message ?? message : message;
    tell(context, `Left ${countTasks(list.length)}: ${why}`);
  }
}

/** A reason without the id in which it differs from those of other tasks: `a newer one holds its key: task ID`. */
function withoutId(message: string): string {
  return message.replace(/: \w+ [0-9a-f-]{36}$/, "");
}
