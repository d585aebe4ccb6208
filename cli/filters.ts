/**
 * Flags that say which tasks are meant: the same for lists and for all that is done to many tasks.
 *
 * @module
 */

import { type Command, Option, type OptionValues } from "@commander-js/extra-typings";
import {
  type AbsurdClient,
  PENDING_STATES,
  TASK_STATES,
  type TaskFilter,
  type TaskState,
} from "@dsa110/absurd";
import { UsageError } from "./errors.ts";
import { resolveWorkflowId } from "./ids.ts";
import { parsePeriod } from "./times.ts";

/** States that may be asked for, with `pending` for four of them. */
const STATUS_WORDS: readonly string[] = ["pending", ...TASK_STATES];

/** Flags that choose tasks, as commander hands them over. */
export type TaskFilterFlags = {
  /** `--queue`. */
  queue?: string;
  /** `--status`, one or more. */
  status?: string[];
  /** `--name`. */
  name?: string;
  /** `--workflow`, an id or a prefix of it. */
  workflow?: string;
  /** `--key`. */
  key?: string;
  /** `--since`. */
  since?: string;
  /** `--until`. */
  until?: string;
  /** `--worker`. */
  worker?: string;
  /** `--error`. */
  error?: string;
};

/** How each of the flags is written and described. */
const OPTIONS: Readonly<Record<keyof TaskFilterFlags, () => Option>> = {
  queue: () => new Option("--queue <name>", "only this queue"),
  status: () =>
    new Option("--status <status...>", "only these statuses, or finer states of pending tasks")
      .choices(STATUS_WORDS) as Option,
  name: () => new Option("--name <name>", "only tasks of this name"),
  workflow: () => new Option("--workflow <id>", "only the steps of this workflow"),
  key: () => new Option("--key <key>", "only tasks that were spawned with this idempotency key"),
  since: () => new Option("--since <time>", "only what changed since: 90m (ago), or 2026-10-25T06:00Z"),
  until: () => new Option("--until <time>", "only what changed before: as --since"),
  worker: () => new Option("--worker <id>", "only tasks that this worker claimed last"),
  error: () => new Option("--error <text>", "only tasks with this text in their last error"),
};

// deno-lint-ignore no-explicit-any -- as commander's own types have it
type AnyArguments = any[];

/** Adds some of the flags to a command. */
export function addFilterOptions<
  Args extends AnyArguments,
  Options extends OptionValues,
  Name extends keyof TaskFilterFlags,
>(
  command: Command<Args, Options>,
  names: readonly Name[],
): Command<Args, Options & Pick<TaskFilterFlags, Name>> {
  for (const name of names) command.addOption(OPTIONS[name]());
  return command as unknown as Command<Args, Options & Pick<TaskFilterFlags, Name>>;
}

/** Adds the flags that choose tasks to a command. */
export function addTaskFilters<Args extends AnyArguments, Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<Args, Options & TaskFilterFlags> {
  return addFilterOptions(command, Object.keys(OPTIONS) as (keyof TaskFilterFlags)[]);
}

/** Whether any flag chooses tasks. */
export function isFiltered(flags: TaskFilterFlags): boolean {
  return (Object.keys(OPTIONS) as (keyof TaskFilterFlags)[]).some((name) => flags[name] !== undefined);
}

/**
 * The filter that flags make.
 *
 * @param allowed States that the command works on; others are refused. Absent: all.
 * @throws UsageError when a flag cannot be read, or names a state that is not allowed.
 */
export async function taskFilter(
  client: AbsurdClient,
  flags: TaskFilterFlags,
  allowed?: readonly TaskState[],
): Promise<TaskFilter> {
  return {
    queueName: flags.queue,
    state: stateFilter(flags.status, allowed),
    taskName: flags.name,
    workflowId: flags.workflow === undefined
      ? undefined
      : await resolveWorkflowId(client, flags.workflow, "--workflow"),
    key: flags.key,
    ...await parsePeriod(client, flags),
    workerId: flags.worker,
    error: flags.error,
  };
}

function stateFilter(
  words: readonly string[] | undefined,
  allowed: readonly TaskState[] | undefined,
): readonly TaskState[] | undefined {
  if (words === undefined) return allowed;
  const states = words.flatMap((word) => word === "pending" ? PENDING_STATES : [word as TaskState]);
  const wrong = allowed && states.find((state) => !allowed.includes(state));
  if (wrong === undefined) return states;
  throw new UsageError(
    `--status ${wrong} names tasks that this command does not work on`,
    `It works on tasks that are ${allowed?.join(", ")}`,
  );
}
