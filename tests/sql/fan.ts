/**
 * A graph whose first step has very many children, for tests of how they are freed.
 *
 * @module
 */

import type { Database } from "../../lib/database.ts";
import { freeAtOnce } from "../proofs/support/freeing.ts";
import { claim, QUEUE, rows, spawnGraph } from "./queue.ts";

/** A workflow of the steps `first`, `a` to `f` behind it, and `last` behind these. */
export type Fan = Awaited<ReturnType<typeof spawnGraph>>;

/** Makes three children very many, and spawns a workflow whose first step completes. Step `a` waits for others, too. */
export async function spawnFan(database: Database, otherParents: readonly string[] = []): Promise<Fan> {
  const [fan] = await spawnFans(database, [QUEUE], otherParents);
  return fan;
}

/** Spawns a workflow in each of the queues, as {@linkcode spawnFan} does; their first steps complete together. */
export async function spawnFans(
  database: Database,
  queues: readonly string[],
  otherParents: readonly string[] = [],
): Promise<Fan[]> {
  await freeAtOnce(database, 2);
  const middle = ["a", "b", "c", "d", "e", "f"];
  const steps = {
    first: [],
    ...Object.fromEntries(middle.map((name) => [name, ["first"]])),
    a: ["first", ...otherParents],
    last: middle,
  };
  const fans: Fan[] = [];
  for (const queue of queues) fans.push(await spawnGraph(database, steps, { "queue_name": queue }));
  const held = await claim(database, fans.length, { queues: [...new Set(queues)] });
  const outcomes = held.map(({ id, attempt }) => ({ "task_id": id, attempt }));
  await rows(database, "complete_tasks", { outcomes });
  return fans;
}
