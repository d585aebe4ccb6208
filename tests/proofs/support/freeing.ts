/**
 * Freeing some at a time, which is for very many children, where there are few.
 *
 * @module
 */

import type { DatabaseSession } from "../../../lib/database.ts";

/** From now on tasks with more children than so many, in one call more than twice as many, have very many. */
export async function freeAtOnce(session: DatabaseSession, most: number): Promise<void> {
  await session.script(`
    create or replace function absurd._free_at_once() returns int language sql immutable as 'select ${most}';
    create or replace function absurd_test.free_all() returns void language plpgsql as $$
    begin
      while exists (select from absurd.freeing) loop
        perform absurd._free_more(null, null, absurd.clock());
      end loop;
    end;
    $$`);
}

/** Frees all that is to be freed. */
export async function freeAll(session: DatabaseSession): Promise<void> {
  await session.query("select absurd_test.free_all()");
}
