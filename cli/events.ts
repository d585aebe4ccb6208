/**
 * `absurd events`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { AbsurdClient, EventOptions, QueueEvent } from "@dsa110/absurd";
import { databaseOption, withClient } from "./client.ts";
import { examples, newCommand } from "./command.ts";
import type { CliContext } from "./context.ts";
import { toDocument } from "./document.ts";
import { progressText } from "./format.ts";
import { resolveTaskId, resolveWorkflowId } from "./ids.ts";
import { paint, paintStatus, printable } from "./output.ts";
import { parsePast } from "./times.ts";

/** Makes the command. */
export function eventsCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "events")
    .description(
      "Follows what happens to tasks and workflows, each change once and none left out, until it is stopped. " +
        "With --since it begins earlier: at the cursor of an event that was seen, or at a time.",
    )
    .option(
      "--since <cursor|time>",
      "begin after this cursor, at this time (2026-10-25T06:00Z), so long ago (10m), or with the oldest (start)",
    )
    .option("--queue <name>", "only this queue")
    .option("--task <id>", "only this task")
    .option("--name <name>", "only tasks of this name")
    .option("--workflow <id>", "only this workflow and its steps")
    .option("--no-follow", "end with the last event there is")
    .option("--jsonl", "print one JSON document a line")
    .addOption(databaseOption())
    .addHelpText(
      "after",
      examples(
        "absurd events --queue dsa110-pipeline",
        "absurd events --since 1h --no-follow",
        "absurd events --since 48213 --jsonl",
      ),
    )
    .action((flags) =>
      withClient(context, { databaseUrl: flags.databaseUrl }, async (client) => {
        const options: EventOptions = {
          since: flags.since === undefined ? undefined : await readSince(client, flags.since),
          queueName: flags.queue,
          taskId: flags.task && await resolveTaskId(client, flags.task, "--task"),
          taskName: flags.name,
          workflowId: flags.workflow && await resolveWorkflowId(client, flags.workflow, "--workflow"),
          follow: flags.follow,
          signal: context.signal,
        };
        const print = flags.jsonl ? printLine : printEvent;
        for await (const event of client.events(options)) print(context, event);
        context.signal.throwIfAborted();
      })
    );
}

const SINCE_HINT =
  "Give the cursor of an event, a time such as 2026-10-25T06:00Z, a duration such as 10m, or start";

/** A cursor, `start`, a time, or a duration back from the database's now. */
async function readSince(client: AbsurdClient, text: string): Promise<string | Date> {
  if (/^\d+$/.test(text) || text === "start") return text;
  return await parsePast(client, "--since", text, SINCE_HINT);
}

function printLine(context: CliContext, event: QueueEvent): void {
  context.stdout.write(`${JSON.stringify(toDocument(event))}\n`);
}

/** `48213  2026-10-25 06:12:03.417Z  dsa110-pipeline  0199f3c2-8a1b-7…  image  claimed  attempt 1, worker …`. */
function printEvent(context: CliContext, event: QueueEvent): void {
  const { cursor, createdAt, kind, taskName, taskId, workflowId, status, detail, queueName } = event;
  const what = kind === "workflow" ? `workflow ${detail?.name ?? ""}`.trimEnd() : taskName ?? "";
  const line = [
    paint(context, "stdout", "gray", cursor.padStart(6)),
    createdAt.toISOString().replace("T", " "),
    queueName,
    kind === "workflow" ? workflowId : taskId,
    printable(what),
    kind === "progress" ? "progress" : paintStatus(context, status),
    detailText(event),
  ];
  context.stdout.write(`${line.join("  ").trimEnd()}\n`);
}

function detailText({ kind, detail, attempt }: QueueEvent): string {
  if (!detail || kind === "workflow") return "";
  const { fraction, message, workerId, error, errorReason, reason, runAt } = detail;
  const words = [
    fraction === undefined ? "" : progressText({ fraction, message }),
    workerId === undefined ? "" : `attempt ${attempt}, worker ${workerId}`,
    error ?? reason ?? "",
    error === undefined && errorReason !== undefined ? `after ${errorReason}` : "",
    runAt === undefined ? "" : `due ${runAt.toISOString().slice(0, 19)}Z`,
  ];
  return printable(words.filter((word) => word !== "").join(", "));
}
