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
set search_path = ''
set jit = off
as $$
begin
  if not absurd._lock_event_log() then
    return false;
  end if;
  return absurd._stamp_events(10000) < 10000;
end;
$$;

comment on function absurd.stamp_events() is
  'Gives positions to committed events, for read_events to find them. Returns whether all that had been committed '
  'before the call have one now; false: another caller is at it, or there are very many, so call again soon. Does '
  'nothing on a standby, outside READ COMMITTED, and in a transaction block that began more than a second ago.';

create or replace function absurd._lock_event_log()
returns boolean
language plpgsql
volatile
set search_path = ''
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
set search_path = ''
as $$
declare
  v_log absurd.event_log;
  v_ids bigint[];
  v_snapshot pg_snapshot;
  v_last_id bigint;
begin
  select l.* into v_log from absurd.event_log as l;
  -- One statement, so one snapshot: of two changes of a task, the later one is never seen without the earlier.
  select array_agg(f.event_id order by f.event_id), pg_current_snapshot()
  into v_ids, v_snapshot
  from (
    select e.event_id
    from unnest(v_log.missing + v_log.settling) as r (ids)
    join absurd.events as e on e.event_id >= lower(r.ids) and e.event_id < upper(r.ids)
    union all
    (
      select e.event_id from absurd.events as e where e.event_id > v_log.last_event_id order by e.event_id limit p_limit
    )
  ) as f;
  if v_ids is null and v_log.missing = '{}' and v_log.settling = '{}' then
    return 0;
  end if;

  v_last_id := greatest(v_log.last_event_id, v_ids[cardinality(v_ids)]);
  v_log.missing := (v_log.missing + int8multirange(int8range(v_log.last_event_id + 1, v_last_id + 1)))
    - absurd._ranges(v_ids);
  v_log.settling := v_log.settling - absurd._ranges(v_ids);
  -- An event gets its id after its transaction got its number (which has changed a task by then). So an id that was
  -- missing then, and still is now that all transactions of that time have ended, was rolled back. A number of the
  -- future is another cluster's: the database was restored.
  if v_log.settling = '{}' or v_log.settled_at_xid <= pg_snapshot_xmin(v_snapshot)
    or v_log.settled_at_xid > pg_snapshot_xmax(v_snapshot) then
    v_log.settling := v_log.missing;
    v_log.settled_at_xid := pg_snapshot_xmax(v_snapshot);
    v_log.missing := '{}';
  end if;

  v_log := absurd._append_pages(v_log, coalesce(v_ids, '{}'));
  update absurd.event_log as l
  set last_position = v_log.last_position,
    last_event_id = v_last_id,
    newest_at = v_log.newest_at,
    missing = v_log.missing,
    settling = v_log.settling,
    settled_at_xid = v_log.settled_at_xid
  where (l.last_position, l.missing, l.settling, l.settled_at_xid)
    is distinct from (v_log.last_position, v_log.missing, v_log.settling, v_log.settled_at_xid);
  return coalesce(cardinality(v_ids), 0);
end;
$$;

comment on function absurd._stamp_events(int) is
  'Gives positions to up to p_limit new events, and to those that were committed late. Returns how many. Callers hold '
  'the lock.';

create or replace function absurd._ranges(p_ids bigint[])
returns int8multirange
language sql
immutable
as $$
  select coalesce(range_agg(int8range(i.id, i.id, '[]')), '{}') from unnest(p_ids) as i (id);
$$;

comment on function absurd._ranges(bigint[]) is 'The ids as ranges.';

create or replace function absurd._append_pages(p_log absurd.event_log, p_ids bigint[])
returns absurd.event_log
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_page constant int := 500;
  v_ids bigint[];
begin
  for v_first in 1 .. cardinality(p_ids) by v_page loop
    v_ids := p_ids[v_first : v_first + v_page - 1];
    select greatest(p_log.newest_at, max(e.created_at))
    into p_log.newest_at
    from absurd.events as e
    where e.event_id = any (v_ids);
    insert into absurd.event_pages (first_position, event_ids, newest_at)
    values (p_log.last_position + 1, v_ids, p_log.newest_at);
    p_log.last_position := p_log.last_position + cardinality(v_ids);
  end loop;
  return p_log;
end;
$$;

comment on function absurd._append_pages(absurd.event_log, bigint[]) is
  'Adds events to the end of the log. Returns the log as it is then.';
