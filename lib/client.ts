/**
 * The client: what programs use to spawn tasks, look at them and step in. One short method for each function of schema
 * `absurd`; all logic is there.
 *
 * @module
 */

import { type AbsurdClientOptions, callsOf, optionsFromEnv } from "./client/connection.ts";
import { FollowingClient } from "./client/following.ts";
import { type WaitOptions, waitUntil } from "./client/waiting.ts";
import type { Task, Workflow } from "./documents.ts";
import { NotFoundError } from "./errors.ts";
import type { InstallOptions, InstallResult } from "./schema.ts";
import type { InstallPlan } from "./schema_check.ts";

const UNFINISHED = ["pending", "claimed"];

/**
 * A client of one database.
 *
 * @example Spawn a task and wait for its end
 * ```ts ignore
 * import { AbsurdClient } from "@dsa110/absurd";
 *
 * await using client = AbsurdClient.fromEnv();
 * const taskId = await client.spawn("image", { visset: "/data/scan.visset" }, { priority: 10 });
 * const task = await client.waitForTask(taskId, { timeoutSec: 600 });
 * console.log(task.status, task.result);
 * ```
 */
export class AbsurdClient extends FollowingClient {
  /**
   * A client by environment variables (ABSURD_DATABASE_URL, ABSURD_QUEUE_NAME, ABSURD_DLQ_ENABLED).
   *
   * @param overrides Options that go over the variables.
   * @throws InvalidArgumentError when a variable has a value that cannot be used, or the database is not named.
   */
  static fromEnv(overrides: Partial<AbsurdClientOptions> = {}): AbsurdClient {
    return new AbsurdClient(optionsFromEnv(overrides));
  }

  /**
   * Waits until a task is completed, failed or cancelled. A restart of the database is waited out.
   *
   * @param onChange Called with each state of the task that differs from the one before.
   * @returns The task at its end.
   * @throws NotFoundError when there is no such task.
   * @throws WaitTimeoutError when the time is over.
   */
  async waitForTask(
    taskId: string,
    options: WaitOptions = {},
    onChange?: (task: Task) => void,
  ): Promise<Task> {
    const tell = onChanges(onChange);
    return await waitUntil(await callsOf(this).database(), async () => {
      const task = await this.getTask(taskId);
      if (!task) throw new NotFoundError(`There is no task ${taskId}`);
      tell(task);
      return UNFINISHED.includes(task.status) ? undefined : task;
    }, { ...options, what: `task ${taskId}` });
  }

  /**
   * Waits until a workflow has ended. A restart of the database is waited out.
   *
   * @param onChange Called with each state of the workflow that differs from the one before.
   * @returns The workflow at its end.
   * @throws NotFoundError when there is no such workflow.
   * @throws WaitTimeoutError when the time is over.
   */
  async waitForWorkflow(
    workflowId: string,
    options: WaitOptions = {},
    onChange?: (workflow: Workflow) => void,
  ): Promise<Workflow> {
    const tell = onChanges(onChange);
    return await waitUntil(await callsOf(this).database(), async () => {
      const workflow = await this.getWorkflow(workflowId);
      if (!workflow) throw new NotFoundError(`There is no workflow ${workflowId}`);
      tell(workflow);
      return workflow.status === "running" ? undefined : workflow;
    }, { ...options, what: `workflow ${workflowId}` });
  }

  /**
   * Installs the schema, or brings it up to date; does nothing when it is.
   *
   * @throws SchemaError when there is a schema `absurd` of somebody else, or a newer one.
   */
  async installSchema(options: InstallOptions = {}): Promise<InstallResult> {
    const { installSchema } = await import("./schema.ts");
    return await installSchema(await callsOf(this).database(), options);
  }

  /** Says what of the schema differs from what would be installed, one sentence each; nothing when all is well. */
  async checkSchema(): Promise<string[]> {
    const { checkSchema } = await import("./schema_check.ts");
    return await checkSchema(await callsOf(this).database());
  }

  /**
   * Says what {@linkcode AbsurdClient.installSchema} would do, and changes nothing.
   *
   * @throws SchemaError when it would refuse the schema.
   */
  async planInstallation(options: InstallOptions = {}): Promise<InstallPlan> {
    const { planInstallation } = await import("./schema_check.ts");
    return await planInstallation(await callsOf(this).database(), options);
  }
}

/** Passes on what differs from the one before. */
function onChanges<T>(listener: (value: T) => void = () => {}): (value: T) => void {
  let seen: string | undefined;
  return (value) => {
    const text = JSON.stringify(value);
    if (text !== seen) listener(value);
    seen = text;
  };
}
