/**
 * The part of the client that makes workflows.
 *
 * @module
 */

import { type Chain, stepDocument } from "../chain.ts";
import { once, SqlJson } from "../database.ts";
import { toDocument } from "../document.ts";
import type { JsonObject } from "../task.ts";
import { callsOf } from "./connection.ts";
import { type NumberedSteps, numberedSteps } from "./numbering.ts";
import { SpawningClient } from "./spawning.ts";
import { storable } from "./storable.ts";

/** What may be said about a workflow besides its chain and parameters. */
export interface SpawnChainOptions {
  /** Queue. @default the client's queue */
  queueName?: string;
  /** Idempotency key, unique in the queue: a workflow that holds it is returned instead of a new one. */
  key?: string;
  /**
   * How long a completed workflow holds its key, in seconds. One that fails or is cancelled gives it up at once.
   *
   * @default {2_592_000} 30 days
   */
  keyWindowSec?: number;
  /** Higher is claimed first; for all steps that have none of their own. @default {0} */
  priority?: number;
}

/** A spawned workflow. */
export interface SpawnChainResult {
  /** UUIDv7. */
  readonly workflowId: string;
  /** Ids of the tasks by step, in the order of the steps; none when an older workflow has the key, but was pruned. */
  readonly taskIds: Record<string, string>;
  /** False when a workflow with the same key was there. */
  readonly created: boolean;
  /** True when that workflow has other parameters. */
  readonly paramsDiffer: boolean;
  /** Names of tasks among the steps that no live worker offers. */
  readonly notOffered: readonly string[];
}

/** A row of `spawn_workflow`; one without a step stands for a workflow that was pruned. */
interface WorkflowRow {
  workflowId: string;
  created: boolean;
  paramsDiffer: boolean;
  stepName: string | null;
  taskId: string;
  taskName: string;
  offered: boolean;
}

/** The row of `spawn_steps`. */
interface StepsRow {
  workflowId: string;
  taskIds: string[];
  notOffered: string[];
}

/** Spawns workflows. */
export class ChainingClient extends SpawningClient {
  /**
   * Spawns all tasks of a chain in one transaction.
   *
   * @param chain A chain, such as `STANDARD_PIPELINE_CHAIN`.
   * @param params Parameters of all steps; a step's own go over them.
   * @param options Queue, key and its window, priority.
   * @throws InvalidGraphError when the steps have a cycle, a duplicate or an unknown name.
   */
  async spawnChain(
    chain: Chain,
    params: JsonObject = {},
    options: SpawnChainOptions = {},
  ): Promise<SpawnChainResult> {
    const { queueName = callsOf(this).options.queueName, key, keyWindowSec, priority } = options;
    const { maxRetries, dlqEnabled } = callsOf(this).options;
    const frame = { name: chain.name, queueName, key, keyWindowSec, params, priority, dlqEnabled };
    const numbered = key === undefined ? numberedSteps(chain) : null;
    if (numbered) {
      const steps = numbered.shapes.map((shape) => withRetries(toDocument(shape), maxRetries));
      return await this.#spawnNumbered(chain, numbered, { ...frame, steps });
    }
    const steps = chain.steps.map(({ params: own }, index) => ({
      ...withRetries(stepDocument(chain, index), maxRetries),
      params: { ...params, ...own },
    }));
    const workflow = toDocument({ ...frame, steps });
    const rows = await callsOf(this).rows<WorkflowRow>(
      "spawn_workflow",
      { workflow: new SqlJson(storable(workflow, "chain")) },
      { retry: key !== undefined },
    );
    const [{ workflowId, created, paramsDiffer }] = rows;
    const known = rows.filter(({ stepName }) => stepName !== null);
    const taskIds = Object.fromEntries(known.map(({ stepName, taskId }) => [stepName, taskId]));
    const notOffered = known.filter(({ offered }) => !offered).map(({ taskName }) => taskName);
    return { workflowId, taskIds, created, paramsDiffer, notOffered: [...new Set(notOffered)] };
  }

  /** Names travel as numbers: there may be very many edges. */
  async #spawnNumbered(
    chain: Chain,
    { names, shapeOf, children, parents }: NumberedSteps,
    workflow: { readonly params: JsonObject; readonly steps: readonly object[] },
  ): Promise<SpawnChainResult> {
    const common = storable(workflow.params, "chain.params");
    const params = chain.steps.map(({ params: own }, index) =>
      own ? storable({ ...workflow.params, ...own }, `chain.steps[${index}].params`) : common
    );
    storable(names, "names of the chain's steps");
    const [{ workflowId, taskIds, notOffered }] = await callsOf(this).rows<StepsRow>(
      "spawn_steps",
      {
        workflow: new SqlJson(storable(toDocument(workflow), "chain")),
        names,
        params: new SqlJson(`[${once(params).join(",")}]`),
        "shape_of": once(shapeOf),
        children,
        parents,
      },
    );
    return {
      workflowId,
      taskIds: Object.fromEntries(taskIds.map((taskId, index) => [names[index], taskId])),
      created: true,
      paramsDiffer: false,
      notOffered,
    };
  }
}

/** The client's retries stand in where a step says none. */
function withRetries(step: Record<string, unknown>, maxRetries: number | undefined): Record<string, unknown> {
  return { ...step, max_retries: step.max_retries ?? maxRetries };
}
