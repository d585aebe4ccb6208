/**
 * Random histories, as many as asked for.
 *
 * @module
 */

import fc from "fast-check";
import type { Database, DatabaseSession } from "../../../lib/database.ts";
import { freeAtOnce } from "../support/freeing.ts";
import { type Action, histories } from "./actions.ts";
import { type Counts, noCounts, playHistory } from "./history.ts";
import { prepareSnapshot } from "./snapshot.ts";

/** Which histories. */
export interface CheckOptions {
  /** How many. */
  readonly runs: number;
  /** Where chance begins: the same seed gives the same histories. */
  readonly seed: number;
  /** Whether to look for a shorter history once one goes wrong. @default {true} */
  readonly shrink?: boolean;
}

/** What came of it. */
export interface CheckResult {
  readonly counts: Counts;
  /** The shortest history found after which schema and model differ, in words; null when there is none. */
  readonly failure: string | null;
}

/** Plays random histories on `database`, whose tasks are lost. */
export async function checkHistories(
  database: Database,
  { runs, seed, shrink = true }: CheckOptions,
): Promise<CheckResult> {
  const counts = noCounts();
  return await database.session(async (session) => {
    await prepare(session);
    const property = fc.asyncProperty(histories, (actions) => playHistory(session, actions, counts));
    const details = await fc.check<[Action[]]>(property, {
      numRuns: runs,
      seed,
      endOnFailure: !shrink,
    });
    return { counts, failure: details.failed ? describe(details, seed) : null };
  });
}

/**
 * Plays one history.
 *
 * @throws AssertionError when schema and model differ.
 */
export async function checkHistory(database: Database, actions: readonly Action[]): Promise<void> {
  await database.session(async (session) => {
    await prepare(session);
    await playHistory(session, actions, noCounts());
  });
}

function describe(details: fc.RunDetails<[Action[]]>, seed: number): string {
  const { numRuns, numShrinks, errorInstance } = details;
  const error = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return [
    `History ${numRuns} of seed ${seed} goes wrong; shrunk ${numShrinks} times. Again with: --seed ${seed}`,
    error,
  ].join("\n");
}

/** The counts in words. */
export function describeCounts({ histories, steps, verbs, refused, tasks }: Counts): string {
  const list = Object.entries(verbs).toSorted().map(([verb, count]) => `${verb} ${count}`).join(", ");
  return `${histories} histories, ${steps} steps, ${tasks} tasks, ${refused} refusals as they have to be\n${list}`;
}

async function prepare(session: DatabaseSession): Promise<void> {
  await prepareSnapshot(session);
  await freeAtOnce(session, 1);
}
