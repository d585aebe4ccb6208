/**
 * The part of the client that makes very many tasks.
 *
 * @module
 */

import { type CallOptions, json, type SqlArgument } from "../database.ts";
import { fromDocument, toDocument } from "../document.ts";
import { ChainingClient } from "./chaining.ts";
import { callsOf } from "./connection.ts";
import type { SpawnManyResult, SpawnSpec } from "./spawning.ts";

/** How to spawn very many tasks. */
export interface SpawnBatchesOptions {
  /** Whether one task that is refused lets none of them be spawned. @default {true} */
  allOrNothing?: boolean;
  /** Receives what became of each task of a batch, in order. With `allOrNothing` nothing is spawned yet. */
  onBatch?: (results: readonly SpawnManyResult[]) => void;
}

/** What became of very many tasks. */
export interface SpawnBatchesResult {
  /** Tasks that were accepted. */
  readonly accepted: number;
  /** Tasks that were refused. */
  readonly rejected: number;
  /** Whether those that were accepted are spawned. */
  readonly spawned: boolean;
}

/** Anything that calls functions of the schema. */
interface Caller {
  call<Row>(name: string, args: Record<string, SqlArgument>, options?: CallOptions): Promise<Row[]>;
}

/** Spawns tasks batch by batch, however many there are. */
export class BatchClient extends ChainingClient {
  /**
   * Spawns tasks as they come, a batch a call: all of them in one transaction, or with `allOrNothing: false` each batch in
   * its own. No more than a batch is kept in memory.
   *
   * @param batches The tasks. A batch of about a thousand is quick.
   * @throws What `batches` throws; with `allOrNothing` nothing is spawned then.
   *
   * @example
   * ```ts ignore
   * async function* scans() {
   *   for (const input of paths) yield [{ taskName: "convert_uvh5", params: { input } }];
   * }
   * const { rejected, spawned } = await client.spawnBatches(scans());
   * ```
   */
  async spawnBatches(
    batches: AsyncIterable<readonly SpawnSpec[]>,
    { allOrNothing = true, onBatch }: SpawnBatchesOptions = {},
  ): Promise<SpawnBatchesResult> {
    const database = await callsOf(this).database();
    if (!allOrNothing) return await this.#spawnEach(database, batches, onBatch);
    // a connection that is given back within a transaction is closed, and its transaction undone
    return await database.session(async (session) => {
      await session.script("begin");
      const result = await this.#spawnEach(session, batches, onBatch);
      const spawned = result.rejected === 0;
      await session.script(spawned ? "commit" : "rollback");
      return { ...result, spawned };
    });
  }

  async #spawnEach(
    caller: Caller,
    batches: AsyncIterable<readonly SpawnSpec[]>,
    onBatch: SpawnBatchesOptions["onBatch"],
  ): Promise<SpawnBatchesResult> {
    const { queueName, maxRetries, dlqEnabled } = callsOf(this).options;
    let [accepted, rejected] = [0, 0];
    for await (const specs of batches) {
      const tasks = specs.map((spec) => toDocument({ queueName, maxRetries, dlqEnabled, ...spec }));
      const rows = await caller.call("spawn_tasks", { tasks: json(tasks) });
      const results = rows.map((row) => fromDocument<SpawnManyResult>(row));
      const refused = results.filter(({ outcome }) => outcome !== "ok").length;
      rejected += refused;
      accepted += results.length - refused;
      onBatch?.(results);
    }
    return { accepted, rejected, spawned: true };
  }
}
