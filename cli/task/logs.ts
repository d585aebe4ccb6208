/**
 * `absurd task logs`.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { AbsurdClient, LogEntry, Task } from "@dsa110/absurd";
import { databaseOption, withClient } from "../client.ts";
import { examples, jsonlOption, jsonOption, newCommand, wholeNumber } from "../command.ts";
import type { CliContext } from "../context.ts";
import { CliError } from "../errors.ts";
import { resolveTaskId } from "../ids.ts";
import { type OutputFlags, printable, printJson, printJsonLine } from "../output.ts";

const INTERVAL_MS = 500;

/** Makes the command. */
export function taskLogsCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "logs")
    .description(
      "Prints what the attempts of a task wrote; with --follow, also while it runs, on any machine.",
    )
    .argument("<id>", "id of the task, or a unique prefix of it")
    .option("-f, --follow", "go on until the task has ended")
    .option("--attempt <n>", "only this attempt", wholeNumber({ min: 1 }))
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .addHelpText(
      "after",
      examples("absurd task logs 0199f3c2-8a1b", "absurd task logs --follow 0199f3c2-8a1b"),
    )
    .action((prefix, flags) =>
      withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
        const taskId = await resolveTaskId(client, prefix);
        const printer = new LogPrinter(context, client, { ...flags, taskId });
        if (flags.follow) await printer.follow();
        else await printer.print(await getTask(client, taskId));
        printer.finish();
        if (flags.attempt !== undefined) await requireAttempt(client, taskId, flags.attempt);
      })
    );
}

async function getTask(client: AbsurdClient, taskId: string): Promise<Task> {
  const task = await client.getTask(taskId);
  if (!task) throw new CliError(`There is no task ${taskId}`);
  return task;
}

/** Nothing was written, or nothing was tried: the latter is a mistake. */
async function requireAttempt(client: AbsurdClient, taskId: string, wanted: number): Promise<void> {
  const { attempt } = await getTask(client, taskId);
  if (wanted <= attempt) return;
  const count = attempt === 0 ? "none" : attempt === 1 ? "one" : `${attempt}`;
  throw new CliError(`Task ${taskId} has had no attempt ${wanted}`, { hint: `It has had ${count} so far` });
}

/** Which log, and in which form. */
interface LogChoice extends OutputFlags {
  readonly taskId: string;
  readonly attempt?: number;
}

/** A line, as documents have it. */
interface LogLine {
  readonly attempt: number;
  readonly at: Date | null;
  readonly text: string;
}

class LogPrinter {
  readonly #context: CliContext;
  readonly #client: AbsurdClient;
  readonly #taskId: string;
  readonly #attempt?: number;
  readonly #form: OutputFlags;
  readonly #lines: LogLine[] = [];
  readonly #told = new Set<number>();
  #after?: LogEntry;

  constructor(context: CliContext, client: AbsurdClient, which: LogChoice) {
    this.#context = context;
    this.#client = client;
    this.#taskId = which.taskId;
    this.#attempt = which.attempt;
    this.#form = which;
  }

  /** Prints what there is, until the task has ended. */
  async follow(): Promise<void> {
    while (true) {
      // Asked before: what comes with the end must be printed too.
      const task = await getTask(this.#client, this.#taskId);
      await this.print(task);
      if (task.status !== "pending" && task.status !== "claimed") return;
      await delay(INTERVAL_MS, undefined, { signal: this.#context.signal });
    }
  }

  /** Prints what is new: pieces, and the kept logs of attempts that ended before they had any. */
  async print(task: Task): Promise<void> {
    let entries: LogEntry[];
    do {
      entries = await this.#client.readLogs(this.#taskId, { after: this.#after, limit: 1000 });
      for (const entry of entries) {
        this.#printKept(task, entry.attempt);
        this.#write(entry.attempt, entry.text, entry.createdAt);
      }
      this.#after = entries.at(-1) ?? this.#after;
    } while (entries.length === 1000);
    this.#printKept(task, Infinity);
  }

  /** Prints kept logs of attempts before the given one that wrote no pieces. */
  #printKept(task: Task, before: number): void {
    for (const { attempt, logTail } of task.attempts ?? []) {
      if (attempt < before && !this.#told.has(attempt)) this.#write(attempt, logTail ?? "", null);
    }
  }

  /** Prints the one document of `--json`. */
  finish(): void {
    if (this.#form.json) printJson(this.#context, this.#lines);
  }

  #write(attempt: number, text: string, at: Date | null): void {
    this.#told.add(attempt);
    if (this.#attempt !== undefined && attempt !== this.#attempt) return;
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    for (const line of lines) this.#writeLine({ attempt, at, text: line });
  }

  #writeLine(line: LogLine): void {
    if (this.#form.json) this.#lines.push(line);
    else if (this.#form.jsonl) printJsonLine(this.#context, line);
    else this.#context.stdout.write(`${printable(line.text)}\n`);
  }
}
