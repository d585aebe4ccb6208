/**
 * What may be written in a place: names and ids from the database, chains, choices, files.
 *
 * @module
 */

import { type AbsurdClient, PENDING_STATES, type TaskState } from "@dsa110/absurd";
import { knownChains } from "../chain/find.ts";
import { withClient } from "../client.ts";
import type { CliContext } from "../context.ts";
import { relativeTime } from "../format.ts";
import type { Place } from "./place.ts";

/** A word that may come next. */
export interface Candidate {
  /** The word. */
  readonly value: string;
  /** What it is. */
  readonly about?: string;
}

/** Stands for the names of files, which the shell knows best. */
export const FILES: Candidate = { value: ":files" };

const LIMIT = 100;

/** Kinds of values, by how they are found. */
type Source = (context: CliContext, place: Place) => Promise<Candidate[]>;

/** What a task must be for a verb to make sense. */
const STATES: Readonly<Record<string, readonly TaskState[]>> = {
  cancel: [...PENDING_STATES, "claimed"],
  priority: PENDING_STATES,
  release: ["claimed"],
  retry: ["failed", "cancelled"],
  unblock: ["blocked"],
  watch: [...PENDING_STATES, "claimed"],
};

const tasks: Source = (context, { path }) =>
  ask(context, async (client) => {
    const found = await client.listTasks({ state: STATES[path.at(-1) ?? ""], limit: LIMIT });
    return found.map(({ taskId, taskName, state, createdAt }) => ({
      value: taskId,
      about: `${taskName} ${state}, ${relativeTime(createdAt)}`,
    }));
  });

const deadLetters: Source = (context) =>
  ask(
    context,
    async (client) =>
      (await client.listDeadLetters({ limit: LIMIT })).map(({ taskId, taskName, failedAt }) => ({
        value: taskId,
        about: `${taskName} failed ${relativeTime(failedAt)}`,
      })),
  );

const workflows: Source = (context) =>
  ask(
    context,
    async (client) =>
      (await client.listWorkflows({ limit: LIMIT })).map(({ workflowId, name, status, createdAt }) => ({
        value: workflowId,
        about: `${name} ${status}, ${relativeTime(createdAt)}`,
      })),
  );

const queues: Source = (context) =>
  ask(context, async (client) =>
    (await client.listQueueStats()).map(({ queueName, pending, claimed }) => ({
      value: queueName,
      about: `${pending} pending, ${claimed} claimed`,
    })));

const workers: Source = (context) =>
  ask(
    context,
    async (client) =>
      (await client.listWorkers()).map(({ workerId, live }) => ({
        value: workerId,
        about: live ? "live" : "lost",
      })),
  );

const schedules: Source = (context) =>
  ask(context, async (client) =>
    (await client.listSchedules()).map(({ name, state, cronExpression }) => ({
      value: name,
      about: `${state}, ${cronExpression}`,
    })));

/** Names that live workers offer, and those of the newest tasks. */
const taskNames: Source = (context) =>
  ask(context, async (client) => {
    const [offered, newest] = await Promise.all([client.listWorkers(), client.listTasks({ limit: LIMIT })]);
    const names = [
      ...offered.flatMap(({ taskNames }) => taskNames ?? []),
      ...newest.map(({ taskName }) => taskName),
    ];
    return [...new Set(names)].map((value) => ({ value }));
  });

const chains: Source = async (context) => [
  ...(await knownChains(context, {})).map(({ chain, source }) => ({ value: chain.name, about: source })),
  FILES,
];

const zones: Source = () => Promise.resolve(Intl.supportedValuesOf("timeZone").map((value) => ({ value })));
const files: Source = () => Promise.resolve([FILES]);

/** What lists go on after, by command. */
const CURSORS: Readonly<Record<string, Source>> = { task: tasks, workflow: workflows, dlq: deadLetters };

/** Values of options, by their names. */
const OPTIONS: Readonly<Record<string, Source>> = {
  queue: queues,
  name: taskNames,
  task: taskNames,
  audit: taskNames,
  workflow: workflows,
  worker: workers,
  chain: chains,
  tz: zones,
  dependsOn: tasks,
  cursor: (context, place) => CURSORS[place.path[0]](context, place),
  stages: files,
  batch: files,
  params: files,
  workDir: files,
};

/** Values of arguments, by command and name of the argument. */
const ARGUMENTS: Readonly<Record<string, Source>> = {
  "spawn name": taskNames,
  "chain chain": chains,
  "chain show chain": chains,
  "task id": tasks,
  "dlq id": deadLetters,
  "workflow id": workflows,
  "queue name": queues,
  "queue queue": queues,
  "scheduler name": schedules,
  "postgres folder": files,
};

/** The values that an option or argument may have. */
export async function valuesOf(context: CliContext, place: Place): Promise<Candidate[]> {
  const { option, command, path, argumentCount } = place;
  if (option) {
    if (option.argChoices) return option.argChoices.map((value) => ({ value }));
    if (path[0] === "events" && option.attributeName() === "task") return await tasks(context, place);
    return await OPTIONS[option.attributeName()]?.(context, place) ?? [];
  }
  const { registeredArguments: all } = command;
  const argument = all[argumentCount] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
  if (!argument) return [];
  if (argument.argChoices) return argument.argChoices.map((value) => ({ value }));
  const source = ARGUMENTS[`${path.join(" ")} ${argument.name()}`] ??
    ARGUMENTS[`${path[0]} ${argument.name()}`];
  return await source?.(context, place) ?? [];
}

/** Without a database there is nothing to offer, and nobody to tell. */
async function ask(
  context: CliContext,
  question: (client: AbsurdClient) => Promise<Candidate[]>,
): Promise<Candidate[]> {
  return await withClient(context, {}, question).catch(() => []);
}
