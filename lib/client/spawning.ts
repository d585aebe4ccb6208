/**
 * The part of the client that makes tasks.
 *
 * @module
 */

import { json, type SqlArgument, SqlJson } from "../database.ts";
import { fromDocument, toDocument } from "../document.ts";
import type { ParentFailurePolicy } from "../documents.ts";
import type { JsonObject } from "../task.ts";
import { isAlike, spawnItems } from "./alike.ts";
import { callsOf, ClientConnection } from "./connection.ts";
import { Gatherer } from "./gathering.ts";
import { storable } from "./storable.ts";

/** What may be said about a task besides its name and parameters. */
export interface SpawnOptions {
  /** Queue. @default the client's queue */
  queueName?: string;
  /** Higher is claimed first. @default {0} */
  priority?: number;
  /** Not before this many seconds have passed. */
  delaySec?: number;
  /** Not before this time. */
  runAt?: Date;
  /** Ids of tasks that must complete first. */
  dependsOn?: readonly string[];
  /** What happens when one of them fails or is cancelled. @default {"cancel"} */
  onParentFailure?: ParentFailurePolicy;
  /** Idempotency key, unique in the queue: a task that holds it is returned instead of a new one. */
  key?: string;
  /**
   * How long a completed task holds its key, in seconds. One that fails or is cancelled gives it up at once.
   *
   * @default {2_592_000} 30 days
   */
  keyWindowSec?: number;
  /** Retries after the first failure. @default by stage, else by worker */
  maxRetries?: number;
  /** Time limit of an attempt, in seconds. @default by stage, else by worker */
  timeoutSec?: number;
  /** Upper bound of the first wait before a retry, in seconds. @default by stage, else by worker */
  backoffBaseSec?: number;
  /** Upper bound of any wait before a retry, in seconds. @default by stage, else by worker */
  backoffCapSec?: number;
  /** Whether the task gets a dead letter when it fails. @default by client */
  dlqEnabled?: boolean;
}

/** A task to spawn. */
export interface SpawnSpec extends SpawnOptions {
  /** Name that workers look up. */
  taskName: string;
  /** Parameters. @default {{}} */
  params?: JsonObject;
}

/** A spawned task. */
export interface SpawnResult {
  /** UUIDv7. */
  readonly taskId: string;
  /** False when a task with the same key was there. */
  readonly created: boolean;
  /** True when that task has other parameters. */
  readonly paramsDiffer: boolean;
  /** True when some live worker offers the task on its queue. */
  readonly offered: boolean;
}

/** What became of one item of many. */
export interface SpawnManyResult {
  /** Place in the list, from 0. */
  readonly index: number;
  /** UUIDv7; null when the item was not accepted. */
  readonly taskId: string | null;
  /** False when a task with the same key was there, or the item was not accepted. */
  readonly created: boolean;
  /** True when a task with the same key has other parameters. */
  readonly paramsDiffer: boolean;
  /** True when some live worker offers the task on its queue. */
  readonly offered: boolean;
  /** Whether the item was accepted, or why not. */
  readonly outcome: "ok" | "invalid" | "too_large" | "refused";
  /** Why not, in words. */
  readonly message: string | null;
}

/** A single spawn on its way. */
interface SingleSpawn {
  readonly queueName: string;
  readonly taskName: string;
  /** JSON text. */
  readonly params: string;
  /** As the database names them. */
  readonly options: Record<string, unknown>;
}

/** Spawns tasks. */
export class SpawningClient extends ClientConnection {
  readonly #spawns: Gatherer<SingleSpawn, SpawnResult> = new Gatherer({
    one: (item) => this.#spawnOne(item),
    many: (items) => this.#spawnGathered(items),
  });

  /**
   * Spawns a task. Calls that are under way at the same moment travel together, at no risk for each other.
   *
   * @param taskName Name that workers look up.
   * @param params Parameters; at most 1 MB of JSON.
   * @param options Queue, priority, time, parents, key, limits.
   * @returns Its id; that of an older task when the key was taken.
   * @throws InvalidArgumentError, NotStorableError, BadParentError, NotFoundError as the database finds.
   */
  async spawn(taskName: string, params: JsonObject = {}, options: SpawnOptions = {}): Promise<string> {
    return (await this.spawnTask(taskName, params, options)).taskId;
  }

  /** Spawns a task like {@linkcode spawn}, and tells more about it. */
  async spawnTask(
    taskName: string,
    params: JsonObject = {},
    options: SpawnOptions = {},
  ): Promise<SpawnResult> {
    const item = this.#single(taskName, params, options);
    // Keys and parents make callers wait for each other: those go by themselves.
    const isPlain = options.key === undefined && options.dependsOn === undefined;
    return await (isPlain ? this.#spawns.send(item) : this.#spawnOne(item));
  }

  /**
   * Spawns a task like {@linkcode spawnTask}, but only where some live worker offers it: else the spawn is undone.
   *
   * @returns Null when nothing was spawned.
   */
  async spawnOffered(
    taskName: string,
    params: JsonObject = {},
    options: SpawnOptions = {},
  ): Promise<SpawnResult | null> {
    const item = spawnArguments(this.#single(taskName, params, options));
    const database = await callsOf(this).ready();
    // a connection that is given back within a transaction is closed, and its transaction undone
    return await database.session(async (session) => {
      await session.script("begin");
      const [row] = await session.call("spawn_task", item);
      const spawned = fromDocument<SpawnResult>(row);
      const accepted = spawned.offered || !spawned.created;
      await session.script(accepted ? "commit" : "rollback");
      return accepted ? spawned : null;
    });
  }

  #single(taskName: string, params: JsonObject, options: SpawnOptions): SingleSpawn {
    const { queueName = callsOf(this).options.queueName, ...rest } = options;
    return { queueName, taskName, params: storable(params, "params"), options: this.#withDefaults(rest) };
  }

  async #spawnOne(item: SingleSpawn): Promise<SpawnResult> {
    const rows = await callsOf(this).rows<SpawnResult>(
      "spawn_task",
      spawnArguments(item),
      { retry: item.options.key !== undefined }, // without a key a second try could make a second task
    );
    return rows[0];
  }

  async #spawnGathered(items: readonly SingleSpawn[]): Promise<(SpawnResult | undefined)[]> {
    const results = await spawnItems(
      callsOf(this),
      items.map(({ queueName, taskName, params, options }) => ({
        shape: { ...options, queue_name: queueName, task_name: taskName },
        params,
      })),
    );
    return results.map(({ taskId, created, paramsDiffer, offered, outcome }) =>
      outcome === "ok" ? { taskId: taskId!, created, paramsDiffer, offered } : undefined
    );
  }

  /**
   * Spawns many tasks in one call. An item that is not accepted does not stop the others: look at the outcomes.
   *
   * @param specs The tasks, each with its name, parameters and options.
   * @returns One result an item, in order.
   */
  async spawnMany(specs: readonly SpawnSpec[]): Promise<SpawnManyResult[]> {
    let shape = {};
    const items = specs.map((spec, index) => {
      if (index === 0 || !isAlike(spec, specs[index - 1])) shape = this.#shapeOf(spec);
      return { shape, params: storable(spec.params ?? {}, `specs[${index}].params`) };
    });
    return await spawnItems(callsOf(this), items);
  }

  #shapeOf({ params: _, queueName = callsOf(this).options.queueName, ...rest }: SpawnSpec) {
    return this.#withDefaults({ ...rest, queueName });
  }

  #withDefaults(options: Partial<SpawnSpec>): Record<string, unknown> {
    const { maxRetries, dlqEnabled } = callsOf(this).options;
    return toDocument({
      ...options,
      maxRetries: options.maxRetries ?? maxRetries,
      dlqEnabled: options.dlqEnabled ?? dlqEnabled,
    });
  }
}

function spawnArguments({ queueName, taskName, params, options }: SingleSpawn): Record<string, SqlArgument> {
  return {
    queue_name: queueName,
    task_name: taskName,
    params: new SqlJson(params),
    options: json(options),
  };
}
