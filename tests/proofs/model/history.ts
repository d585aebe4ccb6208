/**
 * Plays a history on the model and on the schema, and compares after each step.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { DatabaseSession } from "../../../lib/database.ts";
import type { Action } from "./actions.ts";
import { checkInvariants } from "./invariants.ts";
import { Model } from "./model.ts";
import { Player } from "./player.ts";
import { adoptBackoff, compare, readSnapshot } from "./snapshot.ts";

/** What was played. */
export interface Counts {
  histories: number;
  steps: number;
  /** Calls by verb, and those that were refused as they had to be. */
  readonly verbs: Record<string, number>;
  refused: number;
  tasks: number;
}

/** Nothing yet. */
export function noCounts(): Counts {
  return { histories: 0, steps: 0, verbs: {}, refused: 0, tasks: 0 };
}

/** When every history begins. */
const START = Date.UTC(2026, 0, 1);

/** Empties all tables but those of the installer, and stops the clock. To delete is 30 times faster than to truncate. */
const RESET = `
set session_replication_role = replica;
do $$
declare
  v_table regclass;
begin
  for v_table in
    select c.oid::regclass
    from pg_class as c
    where c.relnamespace = 'absurd'::regnamespace and c.relkind = 'r'
      and c.relname not in ('migrations', 'installed_objects', 'sinks')
  loop
    execute format('delete from %s', v_table);
  end loop;
end;
$$;
set session_replication_role = origin;
update absurd_test.clock set frozen_at = to_timestamp(${START / 1000}), shift = '0';`;

/** After so many histories the rows that were deleted are in the way. */
const VACUUM_EVERY = 25;

/**
 * Plays one history in an emptied database.
 *
 * @throws AssertionError at the first step after which schema and model differ.
 */
export async function playHistory(
  session: DatabaseSession,
  actions: readonly Action[],
  counts: Counts,
): Promise<void> {
  await session.script(RESET);
  if (counts.histories % VACUUM_EVERY === VACUUM_EVERY - 1) await session.query("vacuum (analyze)");
  const model = new Model(START);
  const player = new Player(session, model);
  counts.histories++;
  for (const [index, action] of actions.entries()) {
    try {
      const refused = await player.play(action);
      model.settle();
      const snapshot = await readSnapshot(session);
      adoptBackoff(model, snapshot);
      compare(model, snapshot);
      checkInvariants(model, snapshot);
      counts.steps++;
      counts.verbs[action.type] = (counts.verbs[action.type] ?? 0) + 1;
      if (refused) counts.refused++;
    } catch (error) {
      throw new assert.AssertionError({
        message:
          `After step ${index + 1} (${action.type}): ${error instanceof Error ? error.message : error}\n` +
          player.story.join("\n"),
      });
    }
  }
  counts.tasks += model.tasks.length;
}
