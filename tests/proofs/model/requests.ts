/**
 * What the verbs of the reference model are asked for.
 *
 * @module
 */

import type { Policy, Task } from "./types.ts";

/** What a spawn asks for. */
export interface SpawnRequest {
  readonly queue: string;
  readonly name: string;
  readonly priority: number;
  readonly delayMs: number;
  readonly key: string | null;
  readonly retries: number | null;
  readonly dlq: boolean;
  /** Parents; null stands for a task that does not exist. */
  readonly parents: readonly (Task | null)[];
  readonly policy: Policy;
}

/** One step of a graph that is to be spawned. */
export interface StepRequest {
  readonly name: string;
  readonly retries: number | null;
  readonly parents: readonly { readonly on: number | Task; readonly policy: Policy }[];
}

/** What a claim asks for. */
export interface ClaimRequest {
  readonly worker: string;
  readonly queues: readonly string[];
  readonly limit: number;
  readonly names: readonly string[] | null;
  /** The worker's own setting, for tasks that ask for nothing. */
  readonly retries: number;
}

/** What a claim gets. */
export interface Claimed {
  readonly task: Task;
  readonly attempt: number;
  readonly inputs: Readonly<Record<string, unknown>>;
}
