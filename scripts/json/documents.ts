/**
 * Which command prints which document: the one source of docs/json.md and of the test that holds commands to it.
 *
 * @module
 */

import { z } from "zod";
import * as schedules from "./schedules.ts";
import * as system from "./system.ts";
import * as tasks from "./tasks.ts";

/** What a command prints with `--json`. */
export interface CommandDocument {
  /** The commands, without `absurd`. */
  readonly commands: readonly string[];
  /** Flags besides `--json` that make this document, for the documentation. */
  readonly flags?: string;
  /** The shape. */
  readonly schema: z.ZodType;
  /** What it is, in words. */
  readonly words: string;
}

const BULK = [
  "task cancel",
  "task retry",
  "task release",
  "task unblock",
  "task priority",
  "dlq replay",
  "dlq purge",
];

/** All documents, in the order of the documentation. */
export const DOCUMENTS: readonly CommandDocument[] = [
  { commands: ["status"], schema: system.statusDocument, words: "the state of everything" },
  { commands: ["status"], flags: "--check", schema: system.health, words: "a verdict" },
  { commands: ["spawn"], schema: tasks.spawned, words: "a spawned task" },
  {
    commands: ["spawn"],
    flags: "--wait",
    schema: tasks.spawned.extend({
      task: tasks.fullTask.describe("the task at its end, or when waiting was over, as in `task show`"),
    }),
    words: "a spawned task and its end",
  },
  { commands: ["chain"], schema: tasks.spawnedWorkflow, words: "a spawned workflow" },
  {
    commands: ["chain"],
    flags: "--wait",
    schema: tasks.spawnedWorkflow.extend({
      workflow: tasks.fullWorkflow.describe(
        "the workflow at its end, or when waiting was over, as in `workflow show`",
      ),
    }),
    words: "a spawned workflow and its end",
  },
  { commands: ["chain list"], schema: z.array(system.listedChain), words: "chains" },
  { commands: ["chain show"], schema: system.chain, words: "a chain" },
  { commands: ["task list"], schema: z.array(tasks.task), words: "tasks" },
  { commands: ["task show", "task watch"], schema: tasks.fullTask, words: "all about a task" },
  { commands: ["task why"], schema: tasks.explanation, words: "what holds a task back" },
  { commands: ["task logs"], schema: z.array(tasks.logLine), words: "lines of a log" },
  { commands: BULK, schema: z.array(tasks.bulkResult), words: "what became of each task" },
  { commands: BULK, flags: "--dry-run", schema: tasks.preview, words: "what it would work on" },
  { commands: ["workflow list"], schema: z.array(tasks.workflow), words: "workflows" },
  {
    commands: ["workflow show", "workflow watch"],
    schema: tasks.fullWorkflow,
    words: "a workflow with its steps",
  },
  {
    commands: ["workflow cancel"],
    schema: z.strictObject({ workflow_id: z.uuid(), cancelled_tasks: z.int() }),
    words: "how many tasks had not ended",
  },
  { commands: ["queue list"], schema: z.array(system.queue), words: "queues" },
  {
    commands: ["queue pause", "queue resume"],
    schema: z.strictObject({ queue_name: z.string(), paused: z.boolean() }),
    words: "a queue",
  },
  { commands: ["queue limit"], schema: z.array(system.limit), words: "limits" },
  { commands: ["worker list"], schema: z.array(system.worker), words: "workers" },
  { commands: ["dlq list"], schema: z.array(tasks.deadLetter), words: "dead letters" },
  { commands: ["dlq show"], schema: tasks.fullDeadLetter, words: "a dead letter" },
  { commands: ["scheduler list"], schema: z.array(schedules.listedSchedule), words: "schedules" },
  { commands: ["scheduler show"], schema: schedules.shownSchedule, words: "a schedule and its latest runs" },
  {
    commands: ["scheduler add", "scheduler pause", "scheduler resume", "scheduler remove"],
    schema: schedules.schedule,
    words: "a schedule",
  },
  {
    commands: ["scheduler history"],
    schema: z.array(schedules.scheduleRun),
    words: "what became of due times",
  },
  { commands: ["scheduler trigger"], schema: schedules.scheduleRun, words: "a run" },
  { commands: ["scheduler next"], schema: z.array(schedules.dueTime), words: "due times to come" },
  { commands: ["events"], schema: z.array(system.event), words: "events; with --jsonl only" },
  { commands: ["prune"], schema: system.pruned, words: "how much was forgotten" },
  { commands: ["prune"], flags: "--dry-run", schema: system.pruned, words: "how much it would forget" },
  { commands: ["doctor"], schema: z.array(system.finding), words: "what a doctor finds" },
  { commands: ["bench"], schema: system.bench, words: "how fast the database is" },
  { commands: ["version"], schema: system.versions, words: "versions" },
];
