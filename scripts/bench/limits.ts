/**
 * What a server can do with a minimal table: the least that a queue needs, through the same driver.
 *
 * @module
 */

import type { Database } from "../../lib/database.ts";

const IN_FLIGHT = 16;
/** Rows of a claim, and workers that claim. */
const BATCH = 500;
const LANES = 2;

const TABLE = `
  create table public.bench_limit (
    id bigint generated always as identity primary key, queue text not null, state int not null, params jsonb not null
  );
  create index on public.bench_limit (queue, id) where state = 1;
  alter table public.bench_limit set (autovacuum_vacuum_scale_factor = 0.01)`;
const INSERT = "insert into public.bench_limit (queue, state, params)";
const CLAIM = `
  update public.bench_limit as b set state = 2
  where b.id = any (array(
    select p.id from public.bench_limit as p where p.queue = 'q' and p.state = 1
    order by p.id limit ${BATCH} for update skip locked
  ))
  returning b.id`;

/** Rows per second in the order of the rates of `measureQueue`: singles, singles in flight, bulk, drain, drain. */
export async function measureLimits(database: Database, rows: number): Promise<number[]> {
  await database.script(TABLE);
  const singles = rows / 10;
  const one = () => database.query(`${INSERT} values ('q', 1, $1)`, ["{}"]);
  const inTurn = async (count: number) => {
    for (let done = 0; done < count; done++) await one();
  };
  const alone = await rate(singles, () => inTurn(singles));
  const inFlight = await rate(
    singles,
    () => Promise.all(Array.from({ length: IN_FLIGHT }, () => inTurn(singles / IN_FLIGHT))),
  );
  const bulk = await rate(
    rows,
    () => database.query(`${INSERT} select 'q', 1, '{}' from generate_series(1, $1::int)`, [rows]),
  );
  const waiting = rows + 2 * singles;
  const drain = await rate(
    waiting,
    () => Promise.all(Array.from({ length: LANES }, () => takeAll(database))),
  );
  return [alone, inFlight, bulk, drain, drain].map(Math.round);
}

/** Claims rows and marks them done, in two commits for each batch, until there are none. */
async function takeAll(database: Database): Promise<void> {
  while (true) {
    const claimed = await database.query<{ id: string }>(CLAIM);
    if (claimed.length === 0) return;
    await database.query("update public.bench_limit set state = 3 where id = any ($1::bigint[])", [
      claimed.map(({ id }) => id),
    ]);
  }
}

async function rate(count: number, act: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await act();
  return count / ((performance.now() - startMs) / 1000);
}
