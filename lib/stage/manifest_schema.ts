/**
 * The shape of a manifest, for checking one (zod) and for editors (JSON schema).
 *
 * Keys are in snake_case, as everything that people write for this package in JSON.
 *
 * @module
 */

import { z } from "zod";

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/, "Expected letters, digits and any of _ . : -");
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "Expected the name of an environment variable");
const entries = z.array(z.string().min(1));
const duration = z.union([z.number().positive(), z.string()], {
  error: 'Expected seconds, or text such as "90s" or "2h30m"',
});
const size = z.union([z.number().int().positive(), z.string()], {
  error: 'Expected bytes, or text such as "64kB" or "2GiB"',
});

const permissions = z.strictObject({
  read: entries.meta({ description: "Files and folders that the stage may read" }),
  write: entries.meta({ description: "Files and folders that the stage may write" }),
  net: entries.meta({ description: "Hosts that the stage may reach, as HOST or HOST:PORT" }),
  env: z.union([entries, z.literal(true)], { error: "Expected a list of names, or true" }).meta({
    description:
      "Variables that the stage may read besides those of its env; true allows all of its environment",
  }),
  run: entries.meta({ description: "Programs that the stage may start; they are bound by no permissions" }),
  ffi: entries.meta({ description: "Libraries that the stage may load; needs unsafe" }),
  sys: entries.meta({ description: "Facts of the system that the stage may ask for, such as hostname" }),
  import: entries.meta({ description: "Hosts whose cached modules the stage may import" }),
}).partial().meta({
  description:
    "What a module stage may do. Entries may hold {params.NAME}, {inputs.STEP.NAME}, {work_dir} and " +
    "{stage_dir}; with ? before the closing brace an entry is dropped when its value is absent",
});

const stage = z.strictObject({
  module: z.string().min(1).meta({ description: "TypeScript or JavaScript file, relative to the manifest" }),
  command: z.array(z.string()).min(1).meta({
    description: "Program and arguments, with templates as in permissions; no shell stands in between",
  }),
  mode: z.enum(["process", "warm"]).meta({
    description:
      "process: each attempt has a process of its own, the default; warm: a module's process is kept " +
      "from task to task, for many short ones, and its permissions and env hold no values of tasks",
  }),
  recycle: z.strictObject({
    tasks: z.int().positive().meta({ description: "Tasks of one process; 10000 by default" }),
    after: duration.meta({ description: "Longest life of a process; 1h by default" }),
  }).partial().meta({ description: "When a warm process is replaced by a new one" }),
  permissions,
  roots: entries.meta({
    description:
      "Folders that paths in permissions must lie in when they come from a task; anywhere by default",
  }),
  env: z.record(variable, z.string()).meta({
    description: "The environment of the stage, with templates; nothing else is in it",
  }),
  timeout: duration.meta({ description: "Longest time of an attempt, in seconds or as text" }),
  max_retries: z.int().min(0).meta({ description: "How often the task is tried again after a failure" }),
  backoff: z.strictObject({
    base: duration.meta({ description: "Longest wait after the first failure; it doubles with each one" }),
    cap: duration.meta({ description: "Longest wait after any failure" }),
  }).partial(),
  concurrency: z.int().positive().meta({ description: "Most attempts at a time in one worker" }),
  memory: size.meta({ description: "Most memory of all processes of an attempt together" }),
  nice: z.int().min(0).max(19).meta({
    description: "How much its processes give way to others: 0 (not at all) to 19",
  }),
  result_size: size.meta({ description: "Largest result, as JSON; 1MB by default" }),
  log_size: size.meta({ description: "How much of the log is kept with the attempt; 64kB by default" }),
  on_complete: name.meta({
    description: "Sink: database function that takes the result as the task completes",
  }),
  requires: z.record(z.string().min(1), z.array(z.string().min(1)).min(1)).meta({
    description: "What must be installed, by name of its package: a command that succeeds where it is",
  }),
  secret: z.array(z.string().min(1)).meta({ description: "Names of parameters that are not to be shown" }),
  unsafe: z.boolean().meta({
    description:
      "Accepts permissions that amount to all permissions, and folders that others can put links into",
  }),
}).partial().refine((value) => (value.module === undefined) !== (value.command === undefined), {
  error: "Expected either module or command",
});

const policy = z.enum(["cancel", "wait", "ignore"], {
  error: ({ input }) => `Expected cancel, wait or ignore, not ${JSON.stringify(input)}`,
});

const edge = z.union([name, z.strictObject({ step: name, on_parent_failure: policy.optional() })], {
  error: ({ input }) =>
    `Expected the name of a step, or an object with step and on_parent_failure, not ${JSON.stringify(input)}`,
});

const chainStep = z.strictObject({
  name: name.optional().meta({ description: "Name of the step; that of the task by default" }),
  task: name.meta({ description: "Name of the stage that does the step" }),
  params: z.record(z.string(), z.json()).optional().meta({
    description: "Parameters, over those of the chain",
  }),
  depends_on: z.array(edge).optional().meta({
    description:
      "Steps before this one, each with a policy of its own where needed; the previous one by default",
  }),
  on_parent_failure: policy.optional().meta({
    description: "What happens when a step before this one fails or is cancelled; cancel by default",
  }),
  priority: z.int().optional().meta({ description: "Higher is claimed first; that of the chain by default" }),
  delay: duration.optional().meta({
    description: "Not before this time has passed since the chain was spawned",
  }),
  max_retries: z.int().min(0).optional().meta({ description: "Retries after the first failure" }),
  timeout: duration.optional().meta({ description: "Time limit of each attempt" }),
});

const chain = z.strictObject({ steps: z.array(chainStep).min(1) });

const time = z.iso.datetime({
  offset: true,
  local: true,
  error: "Expected a time, such as 2026-10-25T06:00:00Z",
});

const schedule = z.strictObject({
  cron: z.string().min(1).meta({ description: 'When it is due, such as "0 3 * * *" or "@hourly"' }),
  timezone: z.string().min(1).optional().meta({ description: "Zone whose clock is meant; UTC by default" }),
  task: name.optional().meta({ description: "Task to spawn" }),
  chain: name.optional().meta({ description: "Chain to spawn" }),
  params: z.record(z.string(), z.json()).optional().meta({
    description: "Parameters; {due_at} in a text stands for the due time",
  }),
  queue: z.string().min(1).optional().meta({ description: "Queue; that of the configuration by default" }),
  missed: z.enum(["skip", "once", "all"]).optional().meta({
    description: "Due times that passed without a scheduler: skip, run once (the default), or run all",
  }),
  missed_limit: z.int().min(1).max(1000).optional().meta({ description: "With all: the newest so many" }),
  grace: duration.optional().meta({ description: "With skip: how late it may still run" }),
  overlap: z.enum(["allow", "skip"]).optional().meta({
    description: "While a run is unfinished: allow another (the default), or skip",
  }),
  jitter: duration.optional().meta({ description: "Run within this time after each due time" }),
  start: time.optional().meta({ description: "Not due before this time" }),
  end: time.optional().meta({ description: "Not due after this time" }),
  priority: z.int().optional().meta({ description: "Higher is claimed first" }),
  max_retries: z.int().min(0).optional().meta({ description: "Retries after the first failure" }),
  timeout: duration.optional().meta({ description: "Time limit of an attempt" }),
  description: z.string().optional().meta({ description: "What it is for" }),
}).refine((value) => (value.task === undefined) !== (value.chain === undefined), {
  error: "Expected either task or chain",
});

/**
 * Checks a manifest as read from its file.
 *
 * @internal
 */
export const manifestSchema = z.strictObject({
  $schema: z.string().optional(),
  stages: z.record(name, stage).meta({ description: "Stages, by the name of the tasks that they do" }),
  chains: z.record(name, chain).optional().meta({ description: "Chains of tasks, by name" }),
  schedules: z.record(name, schedule).optional().meta({
    description: "Schedules, by name; `absurd scheduler sync` brings them into the database",
  }),
}).meta({
  title: "Stages of absurd",
  description: "What a worker can do, and what each stage is allowed to",
});

/**
 * A manifest as it stands in its file.
 *
 * @internal
 */
export type ManifestDocument = z.infer<typeof manifestSchema>;

/**
 * A stage as it stands in the file.
 *
 * @internal
 */
export type StageDocument = ManifestDocument["stages"][string];

/**
 * A schedule as it stands in the file.
 *
 * @internal
 */
export type ScheduleDocument = NonNullable<ManifestDocument["schedules"]>[string];

/** Makes the JSON schema that editors use to check a manifest while it is written. */
export function manifestJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(manifestSchema, { io: "input" }) };
}
