/**
 * A graph whose first step has very many children, for tests of how they are freed.
 *
 * @module
 */

import type { Database } from "../../lib/database.ts";
import { freeAtOnce } from "../proofs/support/freeing.ts";
import { claimOne, complete, spawnGraph } from "./queue.ts";

/** A workflow of the steps `first`, `a` to `f` behind it, and `last` behind these. */
export type Fan = Awaited<ReturnType<typeof spawnGraph>>;

/** Makes three children very many, and spawns a workflow whose first step completes. Step `a` waits for others, too. */
export async function spawnFan(database: Database, otherParents: readonly string[] = []): Promise<Fan> {
  await freeAtOnce(database, 2);
  const steps = ["a", "b", "c", "d", "e", "f"];
  const fan = await spawnGraph(database, {
    first: [],
    ...Object.fromEntries(steps.map((name) => [name, ["first"]])),
    a: ["first", ...otherParents],
    last: steps,
  });
  await complete(database, await claimOne(database));
  return fan;
}
