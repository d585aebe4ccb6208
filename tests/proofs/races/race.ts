/**
 * Interleavings that are forced: one transaction is held open, and the test goes on when the server says that the other
 * connection waits for it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Database, DatabaseSession } from "../../../lib/database.ts";
import { pidOf, untilBlocked } from "../../sql/queue.ts";

/** Two transactions whose steps a case puts in order. */
export interface Race {
  /** Has begun a transaction; nobody sees what it does before {@linkcode Race.commit}. */
  readonly first: DatabaseSession;
  /** Each of its calls is a transaction. */
  readonly second: DatabaseSession;
  /** Commits the first transaction. */
  commit(): Promise<void>;
  /** Waits until the second connection waits for a lock. */
  blocked(): Promise<void>;
}

/** One case: `pair` is what races with what. */
export interface RaceCase {
  /** The pair of verbs, such as "claim/claim". */
  readonly pair: string;
  /** What has to come of it. */
  readonly name: string;
  /** Plays it in a database of its own. */
  readonly play: (database: Database) => Promise<void>;
}

/** Plays with two connections. */
export async function race(database: Database, play: (race: Race) => Promise<void>): Promise<void> {
  await database.session((first) =>
    database.session(async (second) => {
      const pid = await pidOf(second);
      await first.script("begin");
      await play({
        first,
        second,
        commit: () => first.script("commit"),
        blocked: () => untilBlocked(database, pid),
      });
    })
  );
}

/**
 * Makes `early` in a transaction, starts `late`, waits until it waits, and commits.
 *
 * @returns What both returned.
 */
export async function inOrder<A, B>(
  database: Database,
  early: (session: DatabaseSession) => Promise<A>,
  late: (session: DatabaseSession) => Promise<B>,
): Promise<[A, B]> {
  let answers: [A, B] | undefined;
  await race(database, async ({ first, second, commit, blocked }) => {
    const one = await early(first);
    const two = settled(late(second));
    await blocked();
    await commit();
    answers = [one, (await two)()];
  });
  return answers!;
}

/** Keeps a rejection until it is asked for: it must not count as unhandled while the case goes on. */
function settled<T>(promise: Promise<T>): Promise<() => T> {
  return promise.then((value) => () => value, (reason) => () => {
    throw reason;
  });
}

/** What has to hold in every database after every case. */
export async function checkRows(database: Database): Promise<void> {
  const wrong = await database.query<{ problem: string }>(`
    with uncounted as ( -- edges to parents that have completed, which will be counted with many others
      select e.task_id
      from absurd.freeing as f
      cross join lateral absurd._edges_between(f.parent_id, f.first_id, f.last_id) as e
      where not e.satisfied
      union all
      select unnest(r.task_ids) from absurd.reservations as r where r.parent_id is not null
    ), edges as (
      select
        t.task_id, t.state, t.open_parents, (select count(*) from absurd._open_edges(array[t.task_id])) as open,
        (select count(*) from uncounted as u where u.task_id = t.task_id and t.state = 'blocked') as uncounted
      from absurd.tasks as t
    )
    select 'task ' || e.task_id || ' counts ' || e.open_parents || ' open parents of ' || e.open || ', and '
      || e.uncounted || ' are to be counted' as problem
    from edges as e
    where e.state <> 'cancelled' and e.open_parents <> e.open + e.uncounted
    union all
    select 'blocked task ' || e.task_id || ' waits for nobody'
    from edges as e
    where e.state = 'blocked' and e.uncounted = 0 and not exists (
      select
      from absurd._open_edges(array[e.task_id]) as o
      where o.parent_state not in ('failed', 'cancelled') or o.on_parent_failure = 'wait'
    )
    union all
    select 'child ' || t.task_id || ' lives though its parent ' || p.task_id || ' is ' || p.state
    from absurd.dependencies as d
    join absurd.tasks as t on t.task_id = d.task_id
    join absurd.tasks as p on p.task_id = d.parent_id
    where d.on_parent_failure = 'cancel' and not d.satisfied and p.state in ('failed', 'cancelled')
      and t.state not in ('cancelled', 'failed', 'completed')
    union all
    select 'attempts of task ' || t.task_id || ' are ' || a.count || ' of ' || t.attempt
    from absurd.tasks as t
    cross join lateral (select count(*) from absurd._attempts_of(t.task_id)) as a
    where a.count <> t.attempt - (t.state = 'claimed')::int
    union all
    select 'task ' || t.task_id || ' is ready and reserved ' || count(*) || ' times'
    from absurd.reservations as r
    join absurd.tasks as t on t.task_id = any (r.task_ids)
    where t.state = 'ready'
    group by t.task_id
    having count(*) > 1
    union all
    select 'workflow ' || w.workflow_id || ' is ' || w.status || ', and has to be ' || s.status
    from absurd.workflows as w
    cross join lateral (select absurd._workflow_status(w.workflow_id, w.cancelled_at is not null) as status) as s
    where w.status <> s.status
    union all
    select 'task ' || t.task_id || ' is ' || t.status || ', and its last event says ' || e.status
    from absurd.tasks as t
    cross join lateral (
      select e.status from absurd.event_batches as e
      where (e.task_id = t.task_id or t.task_id = any (e.task_ids)) and e.kind = 'task' order by e.event_id desc limit 1
    ) as e
    where t.status <> e.status`);
  assert.deepEqual(wrong.map(({ problem }) => problem), []);
}

/** How many deadlocks the server has broken in this database. */
export async function deadlocks(database: Database): Promise<number> {
  // The counters of a session reach the view when it ends its next transaction, or after a second at most.
  await database.query("select pg_stat_clear_snapshot()");
  const [{ count }] = await database.query<{ count: number }>(
    "select deadlocks::int as count from pg_stat_database where datname = current_database()",
  );
  return count;
}
