/**
 * Sending many spawns in one call.
 *
 * @module
 */

import { json, SqlJson } from "../database.ts";
import type { ClientCalls } from "./calls.ts";
import type { SpawnManyResult } from "./spawning.ts";

/** A task on its way. */
export interface ManyItem {
  /** What is said about it besides its params, as the database names it. */
  readonly shape: Readonly<Record<string, unknown>>;
  /** JSON text. */
  readonly params: string;
}

/** Spawns tasks; one that is not accepted harms no other. */
export async function spawnItems(
  calls: ClientCalls,
  items: readonly ManyItem[],
): Promise<SpawnManyResult[]> {
  return await spawnAlike(calls, items) ?? await calls.rows<SpawnManyResult>("spawn_tasks", {
    tasks: new SqlJson(`[${items.map(itemText).join(",")}]`),
  });
}

/** Says what all have in common once; null when they have not, or when the database wants to judge one by one. */
async function spawnAlike(
  calls: ClientCalls,
  items: readonly ManyItem[],
): Promise<SpawnManyResult[] | null> {
  if (items.length < 2 || !items.every(({ shape }) => isAlike(shape, items[0].shape))) return null;
  const [spawned] = await calls.rows<{ taskIds: string[]; offered: boolean }>("spawn_alike", {
    task: json(items[0].shape),
    params: new SqlJson(`[${items.map(({ params }) => params).join(",")}]`),
  });
  return spawned?.taskIds.map((taskId, index) => ({
    index,
    taskId,
    created: true,
    paramsDiffer: false,
    offered: spawned.offered,
    outcome: "ok",
    message: null,
  })) ?? null;
}

/**
 * Whether two tasks differ in their params only, by what is plainly equal: a list that is another object counts as
 * different, which only costs time.
 */
export function isAlike(one: object, other: object): boolean {
  if (one === other) return true;
  const [these, those] = [one, other] as Record<string, unknown>[];
  for (const key in these) if (key !== "params" && these[key] !== those[key]) return false;
  for (const key in those) if (!(key in these) && key !== "params") return false;
  return true;
}

function itemText({ shape, params }: ManyItem): string {
  return `${JSON.stringify(shape).slice(0, -1)},"params":${params}}`;
}
