-- Which ready tasks a claim takes.

create or replace function absurd._find_ready(
  p_queue_names text[],
  p_limit int,
  p_at_once int,
  p_task_names text[],
  p_settings jsonb,
  p_now timestamptz
)
returns absurd._picked
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- for the same reason as in _pick_from_lanes
set enable_bitmapscan = off
set enable_sort = off
as $$
declare
  v_wait interval;
  v_is_plain boolean;
  v_is_awaited boolean;
  v_is_held boolean;
  v_read bigint;
  v_picked absurd._picked;
begin
  if p_limit <= absurd._small_claim() and p_task_names is null and cardinality(p_queue_names) = 1 then
    v_wait := absurd._longest_wait(p_settings);
    -- One look tells that nothing else need be done: each step by itself costs more than this. tableoid has the server
    -- read small tables themselves: an index takes 43 kB, and with a few of them each call would get its memory from
    -- the system anew.
    select
      current_setting('transaction_isolation') = 'read committed' and not exists (
        select
        from absurd.tasks as t
        where t.queue_name = q.queue_name and t.state = 'scheduled' and t.run_at <= p_now
      )
      and not exists (select from absurd.limits as l where l.tableoid <> 0)
      and not exists (select from absurd.claim_hints as h where h.tableoid <> 0)
      and not exists (select from absurd.reservations as r where r.tableoid <> 0)
      and not exists (select from absurd.freeing as f where f.tableoid <> 0),
      q.awaited_until > p_now + v_wait and q.awaited_until < 'infinity',
      pg_advisory_xact_lock_shared(absurd._picks_key(q.queue_name)) is not null
    into v_is_plain, v_is_awaited, v_is_held
    from absurd.queues as q
    where q.queue_name = p_queue_names[1] and q.paused_at is null;
    if v_is_plain then
      v_read := absurd._ready_read(null);
      select
        array_agg(p.task_id), array_agg(p.attempt + 1), array_agg(p.queue_name), array_agg(p.task_name),
        array_agg(p.workflow_id), array_agg(p.depth)
      into v_picked
      from (
        select t.task_id, t.attempt, t.queue_name, t.task_name, t.workflow_id, t.depth
        from absurd.tasks as t
        where t.queue_name = p_queue_names[1] and t.state = 'ready'
          -- Should somebody have reserved while this call waited for the lock, that has to be passed by.
          and not exists (select from absurd.reservations as r where r.tableoid <> 0)
        order by t.priority desc, t.task_id
        limit p_limit
        for no key update skip locked
      ) as p;
      v_read := absurd._ready_read(null) - v_read - coalesce(cardinality(v_picked.task_ids), 0);
      if v_picked.task_ids is not null or not absurd._is_any_reserved() then
        if v_read > absurd._many_dead_entries(p_limit) then
          perform absurd._keep_hint(p_queue_names[1], null, p_limit, v_picked.task_ids, v_read, null);
        end if;
        if not v_is_awaited and coalesce(cardinality(v_picked.task_ids), 0) < p_limit then
          perform absurd._await(p_queue_names, v_wait, p_now);
        end if;
        return v_picked;
      end if;
    end if;
  end if;
  return absurd._find_in_lanes(p_queue_names, p_limit, p_at_once, p_task_names, p_settings, p_now);
end;
$$;

comment on function absurd._find_ready(text[], int, int, text[], jsonb, timestamptz) is
  'Makes tasks of those of the queues that are not paused ready whose time has come, or some of what waits for nothing '
  'else, and locks up to p_limit ready ones, the best first; p_at_once at most where limits apply. Where these are fewer '
  'than p_limit, the worker is expected to sleep for the wait_sec of its settings at most.';

create or replace function absurd._find_in_lanes(
  p_queue_names text[],
  p_limit int,
  p_at_once int,
  p_task_names text[],
  p_settings jsonb,
  p_now timestamptz
)
returns absurd._picked
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- for the same reason as in _pick_from_lanes
set enable_bitmapscan = off
as $$
declare
  v_limit constant int := absurd._limit_in_line(p_queue_names, p_limit);
  v_wait constant interval := absurd._longest_wait(p_settings);
  v_queue_names text[];
  v_is_due boolean;
  v_is_limited boolean;
  v_is_hinted boolean;
  v_is_awaited boolean;
  v_is_reserved boolean;
  v_is_freeing boolean;
  v_locks int;
  v_lanes record;
  v_picked absurd._picked;
begin
  perform absurd._require_read_committed(); -- reservations of a moment ago must be seen
  -- One look tells what need not be done: each step by itself costs more than this.
  select
    array_agg(q.queue_name),
    bool_or(exists (
      select
      from absurd.tasks as t
      where t.queue_name = q.queue_name and t.state = 'scheduled' and t.run_at <= p_now
    )),
    exists (select from absurd.limits as l where l.tableoid <> 0), -- as above
    exists (select from absurd.claim_hints as h where h.tableoid <> 0),
    exists (select from absurd.freeing as f where f.tableoid <> 0),
    bool_and(q.awaited_until > p_now + v_wait and q.awaited_until < 'infinity'),
    count(pg_advisory_xact_lock_shared(absurd._picks_key(q.queue_name)))
  into v_queue_names, v_is_due, v_is_limited, v_is_hinted, v_is_freeing, v_is_awaited, v_locks
  from absurd.queues as q
  where q.queue_name = any (p_queue_names) and q.paused_at is null;
  if v_queue_names is null then
    return null;
  end if;
  v_is_reserved := absurd._is_any_reserved(); -- asked while nobody reserves
  if v_is_freeing then
    perform absurd._free_more(v_queue_names, p_limit, p_now);
  end if;
  if v_is_due then
    perform absurd._promote_due(v_queue_names, greatest(p_limit, 100), p_now);
  end if;
  if v_is_reserved and absurd._is_all_reserved(v_queue_names) then
    v_picked := null;
  elsif p_task_names is null and not v_is_limited and cardinality(v_queue_names) = 1 then
    if v_is_reserved then
      v_picked := absurd._pick_behind_reserved(v_queue_names[1], v_limit, p_now);
    end if;
    if v_picked.task_ids is null then
      v_picked := absurd._pick(v_queue_names, '{null}', array[v_limit], v_is_hinted);
    end if;
  else
    v_lanes := absurd._claim_lanes(v_queue_names, v_limit, least(p_at_once, v_limit), p_task_names, p_now);
    v_picked := absurd._pick(v_lanes.queue_names, v_lanes.task_names, v_lanes.shares, v_is_hinted);
  end if;
  if not v_is_awaited and coalesce(cardinality(v_picked.task_ids), 0) < p_limit then
    perform absurd._await(v_queue_names, v_wait, p_now);
  end if;
  return v_picked;
end;
$$;

comment on function absurd._find_in_lanes(text[], int, int, text[], jsonb, timestamptz) is
  'Finds as _find_ready does, whatever is to be done first.';
