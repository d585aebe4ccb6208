/**
 * Time in tests. In the template of all test databases `absurd.clock()`, which every function of the schema asks, is
 * replaced by one that tests can set.
 *
 * @module
 */

import type { DatabaseSession } from "../../lib/database.ts";

/** Replaces the clock of a database in which the schema is installed. */
export const CLOCK_SQL = `
create schema absurd_test;

create table absurd_test.clock (
  frozen_at timestamptz,
  shift interval not null default '0'
);

insert into absurd_test.clock default values;

create or replace function absurd.clock()
returns timestamptz
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(c.frozen_at, pg_catalog.clock_timestamp()) + c.shift from absurd_test.clock as c;
$$;
`;

/** Stops the database's clock at `time`. */
export async function setClock(database: DatabaseSession, time: Date | string): Promise<void> {
  const at = typeof time === "string" ? time : time.toISOString();
  await database.query("update absurd_test.clock set frozen_at = $1::timestamptz, shift = '0'", [at]);
}

/** Moves the database's clock by `seconds`, forward or back; a running clock goes on running from there. */
export async function advanceClock(database: DatabaseSession, seconds: number): Promise<void> {
  const statement = "update absurd_test.clock set shift = shift + make_interval(secs => $1::float8)";
  await database.query(statement, [seconds]);
}

/** Gives the database the real time back. */
export async function resetClock(database: DatabaseSession): Promise<void> {
  await database.query("update absurd_test.clock set frozen_at = null, shift = '0'");
}

/** The database's time, as the functions of the schema see it. */
export async function readClock(database: DatabaseSession): Promise<Date> {
  const [row] = await database.query<{ time: Date }>("select absurd.clock() as time");
  return row.time;
}
