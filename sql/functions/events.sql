-- Reading events: an order without gaps, in which each event gets its position only after it was committed. So a reader
-- that has seen position n has seen all that will ever stand before it, whatever order transactions commit in.
--
-- Readers give the positions themselves, one at a time, and nobody waits: an open transaction, here or elsewhere in the
-- cluster, holds back its own events and no others.

create or replace function absurd.stamp_events()
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  if not absurd._lock_event_log() then
    return false;
  end if;
  perform absurd.follow_events();
  return absurd._stamp_events(10000) < 10000;
end;
$$;

comment on function absurd.stamp_events() is
  'Gives positions to committed events, for read_events to find them. Returns whether all that had been committed '
  'before the call have one now; false: another caller is at it, or there are very many, so call again soon. Does '
  'nothing on a standby, outside READ COMMITTED, and in a transaction block that began more than a second ago. Follows '
  'events as follow_events does.';

create or replace function absurd.follow_events()
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := absurd.clock();
begin
  if pg_is_in_recovery() or current_setting('transaction_read_only')::boolean then
    return;
  end if;
  -- Whoever holds the row says the same, or reads, and will not be waited for.
  if exists (
    select
    from absurd.event_log as l
    where l.followed_until not between v_now + interval '3 seconds' and v_now + interval '5 seconds'
    for no key update skip locked
  ) then
    update absurd.event_log as l set followed_until = v_now + interval '5 seconds';
  end if;
end;
$$;

comment on function absurd.follow_events() is
  'Says that the caller listens to absurd_events: what happens in the next 5 seconds is notified. To be called every '
  'second or so while it listens, by stamp_events or by itself. What began before the first call is found by looking. '
  'Does nothing on a standby.';

create or replace function absurd._lock_event_log()
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The lock is held until the transaction ends, and in a block of its caller's that could be long. There is no telling
  -- a block from a single statement but by its age.
  if pg_is_in_recovery()
    or current_setting('transaction_read_only')::boolean
    or current_setting('transaction_isolation') <> 'read committed'
    or statement_timestamp() > transaction_timestamp() + interval '1 second'
    or not pg_try_advisory_xact_lock(hashtextextended('absurd events', 0)) then
    return false;
  end if;
  -- What a reader has seen must not be undone by a crash.
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  return true;
end;
$$;

comment on function absurd._lock_event_log() is
  'Takes the lock under which the log grows and is cut, if nobody has it and the caller will not keep it.';

create or replace function absurd._stamp_events(p_limit int)
returns int
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_log absurd.event_log;
  v_pages absurd.event_pages[];
  v_ranges int8multirange;
  v_rows int;
  v_events int;
  v_snapshot pg_snapshot;
  v_last_id bigint;
begin
  select l.* into v_log from absurd.event_log as l;
  -- One statement, so one snapshot: of two changes of a task, the later one is never seen without the earlier.
  with found as materialized (
    select
      f.event_id, f.created_at, f.size, row_number() over by_id as nth,
      sum(f.size) over by_id - f.size + 1 as first_position
    from (
      select e.event_id, e.created_at, e.size
      from unnest(v_log.missing + v_log.settling) as r (ids)
      join absurd.event_batches as e on e.event_id >= lower(r.ids) and e.event_id < upper(r.ids)
      union all
      (
        select e.event_id, e.created_at, e.size
        from absurd.event_batches as e
        where e.event_id > v_log.last_event_id
        order by e.event_id
        limit p_limit
      )
    ) as f
    window by_id as (order by f.event_id)
  )
  select
    array(
      select (
        min(f.first_position), array_agg(f.event_id order by f.nth), max(f.created_at), array_agg(f.size order by f.nth)
      )::absurd.event_pages
      from found as f
      group by (f.nth - 1) / 500
    ),
    -- Ids without a gap between them differ from their rank by the same number.
    coalesce((
      select range_agg(int8range(r.first_id, r.last_id + 1))
      from (
        select min(f.event_id) as first_id, max(f.event_id) as last_id from found as f group by f.event_id - f.nth
      ) as r
    ), '{}'),
    (select count(*) from found),
    (select coalesce(sum(f.size), 0) from found as f),
    pg_current_snapshot()
  into v_pages, v_ranges, v_rows, v_events, v_snapshot;
  if v_rows = 0 and v_log.missing = '{}' and v_log.settling = '{}' then
    return 0;
  end if;

  v_last_id := greatest(v_log.last_event_id, upper(v_ranges) - 1);
  v_log.missing := (v_log.missing + int8multirange(int8range(v_log.last_event_id + 1, v_last_id + 1))) - v_ranges;
  v_log.settling := v_log.settling - v_ranges;
  v_log.last_event_id := v_last_id;
  perform absurd._keep_log(absurd._settle_log(v_log, v_snapshot), v_pages, v_events);
  return v_rows;
end;
$$;

comment on function absurd._stamp_events(int) is
  'Gives positions to the events of up to p_limit new rows, and to those that were committed late. Returns how many '
  'rows. Callers hold the lock.';

create or replace function absurd._settle_log(p_log absurd.event_log, p_snapshot pg_snapshot)
returns absurd.event_log
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- An event gets its id after its transaction got its number (which has changed a task by then). So an id that was
  -- missing then, and still is now that all transactions of that time have ended, was rolled back. A number of the
  -- future is another cluster's: the database was restored.
  if p_log.settling = '{}' or p_log.settled_at_xid <= pg_snapshot_xmin(p_snapshot)
    or p_log.settled_at_xid > pg_snapshot_xmax(p_snapshot) then
    p_log.settling := p_log.missing;
    p_log.settled_at_xid := pg_snapshot_xmax(p_snapshot);
    p_log.missing := '{}';
  end if;
  return p_log;
end;
$$;

comment on function absurd._settle_log(absurd.event_log, pg_snapshot) is
  'The log without the ids that will never come, as far as that is known from a look with p_snapshot.';

create or replace function absurd._keep_log(p_log absurd.event_log, p_pages absurd.event_pages[], p_count int)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into absurd.event_pages (first_position, event_ids, sizes, newest_at)
  select
    p_log.last_position + p.first_position,
    p.event_ids,
    p.sizes,
    greatest(p_log.newest_at, max(p.newest_at) over (order by p.first_position))
  from unnest(p_pages) as p;
  update absurd.event_log as l
  set last_position = p_log.last_position + p_count,
    last_event_id = p_log.last_event_id,
    newest_at = greatest(p_log.newest_at, (select max(p.newest_at) from unnest(p_pages) as p)),
    missing = p_log.missing,
    settling = p_log.settling,
    settled_at_xid = p_log.settled_at_xid
  where p_count > 0
    or (l.missing, l.settling, l.settled_at_xid)
      is distinct from (p_log.missing, p_log.settling, p_log.settled_at_xid);
end;
$$;

comment on function absurd._keep_log(absurd.event_log, absurd.event_pages[], int) is
  'Adds pages with p_count events to the end of the log; their first positions count from 1.';

create or replace function absurd._rows_of_page(p_first_position bigint, p_event_ids bigint[], p_sizes int[])
returns table (event_id bigint, size int, first_position bigint)
language sql
immutable
as $$
  select
    i.event_id,
    coalesce(i.size, 1),
    p_first_position + coalesce(
      sum(coalesce(i.size, 1)) over (order by i.nth rows between unbounded preceding and 1 preceding), 0
    )::bigint
  from unnest(p_event_ids, p_sizes) with ordinality as i (event_id, size, nth);
$$;

comment on function absurd._rows_of_page(bigint, bigint[], int[]) is
  'The rows that a page of the log names, each with how many events it tells and the position of the first.';
