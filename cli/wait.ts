/**
 * Waiting for a task or a workflow, and ending by its outcome.
 *
 * @module
 */

import { Option } from "@commander-js/extra-typings";
import {
  type AbsurdClient,
  parseDuration,
  type Task,
  type WaitOptions,
  WaitTimeoutError,
  type Workflow,
} from "@dsa110/absurd";
import { durationText } from "./client.ts";
import type { CliContext } from "./context.ts";
import { CliError, ExitCode, tell } from "./errors.ts";
import { viewSteps } from "./progress.ts";

/** `--wait`. */
export function waitOption(): Option<"--wait"> {
  return new Option("--wait", "wait for the end; exit 0 completed, 3 failed, 4 cancelled, 5 waited too long");
}

/** `--wait-timeout`. */
export function waitTimeoutOption(): Option<"--wait-timeout <duration>", undefined, undefined, string> {
  return new Option("--wait-timeout <duration>", "how long to wait, such as 90s or 2h30m (default: for ever)")
    .argParser(durationText)
    .implies({ wait: true }) as Option<"--wait-timeout <duration>", undefined, undefined, string>;
}

/** How to wait. */
export interface WaitFlags {
  /** `--wait-timeout`, as a duration. */
  waitTimeout?: string;
}

/**
 * Waits until a task has ended, whatever its outcome.
 *
 * @throws WaitTimeoutError when the time is over: exit code 5.
 */
export function waitForTask(
  context: CliContext,
  client: AbsurdClient,
  taskId: string,
  flags: WaitFlags,
): Promise<Task> {
  return client.waitForTask(taskId, waitOptions(context, flags.waitTimeout));
}

/**
 * Waits until a workflow has ended, whatever its outcome, and shows how far its steps are on stderr.
 *
 * @throws WaitTimeoutError when the time is over: exit code 5.
 */
export async function waitForWorkflow(
  context: CliContext,
  client: AbsurdClient,
  workflowId: string,
  flags: WaitFlags,
): Promise<Workflow> {
  using view = viewSteps(context);
  const onChange = ({ steps }: Workflow) => view.update(steps);
  return await client.waitForWorkflow(workflowId, waitOptions(context, flags.waitTimeout), onChange);
}

/**
 * Prints what was waited for, and returns it. When the time is over, it is printed as it is by then, before that is thrown.
 *
 * @param read Reads it as it is.
 */
export async function printWaited<T>(
  waiting: Promise<T>,
  { read, print }: { read(): Promise<T | null>; print(found: T | null): Promise<void> },
): Promise<T> {
  try {
    const found = await waiting;
    await print(found);
    return found;
  } catch (error) {
    if (error instanceof WaitTimeoutError) await print(await read());
    throw error;
  }
}

/** How to wait: until the user interrupts, or for a duration. */
export function waitOptions({ signal }: CliContext, timeout: string | undefined): WaitOptions {
  return { signal, timeoutSec: timeout === undefined ? undefined : parseDuration(timeout) };
}

/** Says how a task ended; throws with exit code 3 when it failed, 4 when it was cancelled. */
export function endByTask(context: CliContext, task: Task): void {
  const name = `Task ${task.taskName} (${task.taskId})`;
  if (task.status === "failed") throw failed(name, task.error, `absurd task show ${task.taskId}`);
  if (task.status === "cancelled") {
    throw cancelled(name, task.cancelReason, `absurd task show ${task.taskId}`);
  }
  tell(context, `${name} completed`);
}

/** Says how a workflow ended; throws with exit code 3 when it failed, 4 when it was cancelled. */
export function endByWorkflow(context: CliContext, workflow: Workflow): void {
  const name = `Workflow ${workflow.name} (${workflow.workflowId})`;
  const remedy = `absurd workflow show ${workflow.workflowId}`;
  if (workflow.status === "failed") {
    const culprit = workflow.steps.find((step) => step.status === "failed");
    const message = culprit ? `${culprit.stepName}: ${culprit.error ?? "no message"}` : null;
    throw failed(name, message, culprit ? `absurd task show ${culprit.taskId}` : remedy);
  }
  if (workflow.status === "cancelled") throw cancelled(name, null, remedy);
  tell(context, `${name} completed`);
}

function failed(name: string, message: string | null, command: string): CliError {
  return new CliError(`${name} failed${message ? `: ${message}` : ""}`, {
    exitCode: ExitCode.outcomeFailed,
    hint: `${command} tells the whole story`,
  });
}

function cancelled(name: string, reason: string | null, command: string): CliError {
  return new CliError(`${name} was cancelled${reason ? `: ${reason}` : ""}`, {
    exitCode: ExitCode.outcomeCancelled,
    hint: `${command} tells the whole story`,
  });
}
