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
set search_path = ''
set enable_seqscan = off -- for the same reason as below
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
    exists (select from absurd.limits),
    exists (select from absurd.claim_hints),
    exists (select from absurd.reservations),
    exists (select from absurd.freeing),
    bool_and(q.awaited_until > p_now + v_wait and q.awaited_until < 'infinity'),
    count(pg_advisory_xact_lock_shared(absurd._picks_key(q.queue_name)))
  into v_queue_names, v_is_due, v_is_limited, v_is_hinted, v_is_reserved, v_is_freeing, v_is_awaited, v_locks
  from absurd.queues as q
  where q.queue_name = any (p_queue_names) and q.paused_at is null;
  if v_queue_names is null then
    return null;
  end if;
  if v_is_freeing then
    perform absurd._free_more(p_now);
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

comment on function absurd._find_ready(text[], int, int, text[], jsonb, timestamptz) is
  'Makes tasks of those of the queues that are not paused ready whose time has come, or some of what waits for nothing '
  'else, and locks up to p_limit ready ones, the best first; p_at_once at most where limits apply. Where these are fewer '
  'than p_limit, the worker is expected to sleep for the wait_sec of its settings at most.';

drop function if exists absurd._pick(text[], text[], int[]);

create or replace function absurd._pick(p_queue_names text[], p_task_names text[], p_shares int[], p_is_hinted boolean)
returns absurd._picked
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_is_one constant boolean := coalesce(cardinality(p_queue_names) = 1 and p_shares[1] > 0, false);
  v_read bigint;
  v_hint absurd.claim_hints;
  v_picked absurd._picked;
begin
  if not v_is_one then
    return absurd._pick_from_lanes(p_queue_names, p_task_names, p_shares);
  end if;
  if p_is_hinted then
    select h.* into v_hint from absurd.claim_hints as h
    where h.queue_name = p_queue_names[1] and h.task_name = coalesce(p_task_names[1], '');
    if found then
      v_picked := absurd._pick_by_hint(v_hint, p_shares[1]);
    end if;
    if v_picked.task_ids is not null then
      return v_picked;
    end if;
  end if;
  v_read := absurd._ready_read(p_task_names[1]);
  if p_task_names[1] is null then
    v_picked := absurd._pick_from_queue(p_queue_names[1], p_shares[1]);
  else
    v_picked := absurd._pick_from_lanes(p_queue_names, p_task_names, p_shares);
  end if;
  v_read := absurd._ready_read(p_task_names[1]) - v_read - coalesce(cardinality(v_picked.task_ids), 0);
  if v_read > absurd._many_dead_entries(p_shares[1]) then
    v_read := v_read - absurd._count_reserved(p_queue_names[1]);
  end if;
  if v_hint.queue_name is not null or v_read > absurd._many_dead_entries(p_shares[1]) then
    perform absurd._keep_hint(p_queue_names[1], p_task_names[1], p_shares[1], v_picked.task_ids, v_read, v_hint);
  end if;
  return v_picked;
end;
$$;

comment on function absurd._pick(text[], text[], int[], boolean) is
  'Locks the best ready tasks of each lane, its share at most, passing by those that others hold. Returns the best first. '
  'p_is_hinted: some lane has a hint.';

create or replace function absurd._pick_from_queue(p_queue_name text, p_share int)
returns absurd._picked
language plpgsql
volatile
set search_path = ''
-- For the same reason as in _pick_from_lanes.
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
declare
  v_picked absurd._picked;
begin
  select
    array_agg(p.task_id), array_agg(p.attempt + 1), array_agg(p.queue_name), array_agg(p.task_name),
    array_agg(p.workflow_id), array_agg(p.depth)
  into v_picked
  from (
    select t.task_id, t.attempt, t.queue_name, t.task_name, t.workflow_id, t.depth
    from absurd.tasks as t
    where t.queue_name = p_queue_name and t.state = 'ready'
      and t.task_id not in (select r.id from unnest(absurd._reserved(array[p_queue_name])) as r (id))
    order by t.priority desc, t.task_id
    limit p_share
    for no key update skip locked
  ) as p;
  return v_picked;
end;
$$;

comment on function absurd._pick_from_queue(text, int) is
  'Locks the best ready tasks of a queue, p_share at most: what _pick_from_lanes does for one lane, in fewer words.';

create or replace function absurd._pick_from_lanes(p_queue_names text[], p_task_names text[], p_shares int[])
returns absurd._picked
language plpgsql
volatile
set search_path = ''
-- Without statistics, or with those of a quieter hour, a sort of everything ready may look cheaper than the index.
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_picked absurd._picked;
begin
  -- Two statements, because each reads an index of its own.
  if p_task_names[1] is null then
    select
      array_agg(p.task_id), array_agg(p.attempt + 1), array_agg(p.queue_name), array_agg(p.task_name),
      array_agg(p.workflow_id), array_agg(p.depth)
    into v_picked
    from (
      select r.*
      from unnest(p_queue_names, p_shares) as l (queue_name, share)
      cross join lateral (
        select t.task_id, t.attempt, t.queue_name, t.task_name, t.workflow_id, t.depth, t.priority
        from absurd.tasks as t
        where t.queue_name = l.queue_name and t.state = 'ready'
          and t.task_id not in (select r.id from unnest(absurd._reserved(p_queue_names)) as r (id))
        order by t.priority desc, t.task_id
        limit l.share
        for no key update skip locked
      ) as r
      order by r.priority desc, r.task_id
    ) as p;
  else
    select
      array_agg(p.task_id), array_agg(p.attempt + 1), array_agg(p.queue_name), array_agg(p.task_name),
      array_agg(p.workflow_id), array_agg(p.depth)
    into v_picked
    from (
      select r.*
      from unnest(p_queue_names, p_task_names, p_shares) as l (queue_name, task_name, share)
      cross join lateral (
        select t.task_id, t.attempt, t.queue_name, t.task_name, t.workflow_id, t.depth, t.priority
        from absurd.tasks as t
        where t.queue_name = l.queue_name and t.task_name = l.task_name and t.state = 'ready'
          and t.task_id not in (select r.id from unnest(absurd._reserved(p_queue_names)) as r (id))
        order by t.priority desc, t.task_id
        limit l.share
        for no key update skip locked
      ) as r
      where l.share > 0
      order by r.priority desc, r.task_id
    ) as p;
  end if;
  return v_picked;
end;
$$;

comment on function absurd._pick_from_lanes(text[], text[], int[]) is
  'Locks the best ready tasks of each lane, its share at most, passing by those that others hold; the best first.';
