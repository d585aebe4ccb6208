-- Which ready tasks a claim takes while it has a hint (claim_hints.sql).

create or replace function absurd._hint_ranges(p_hint absurd.claim_hints)
returns table (priority int, highest bigint, task_id uuid)
language sql
immutable
as $$
  -- The last one ends what is below the lowest priority of the hint.
  select r.priority, coalesce(lag(r.priority) over (order by r.nth) - 1::bigint, 2147483647), r.task_id
  from unnest(
    p_hint.priorities || (-2147483648)::int, p_hint.task_ids || '00000000-0000-0000-0000-000000000000'::uuid
  ) with ordinality as r (priority, task_id, nth)
  order by r.nth;
$$;

comment on function absurd._hint_ranges(absurd.claim_hints) is
  'The index of ready tasks as parts, the best first: those from highest down to above priority, then those of priority '
  'behind task_id.';

-- A list of one queue, because only the index of ready tasks is in order by queue then: with an equal queue,
-- statistics of an hour when most tasks were ready made the primary key look as good, and a claim read all that had
-- ended (1 s).
--
-- Two scans a priority, because only an equal priority lets one begin at an id. The limit ends them early. Two
-- functions, because each reads an index of its own.

drop function if exists absurd._pick_behind(absurd.claim_hints, int);
create or replace function absurd._pick_behind(p_hint absurd.claim_hints, p_share int, p_taken uuid[])
returns absurd._picked
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
-- For the same reason as in _pick.
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_picked absurd._picked;
begin
  select
    array_agg(p.task_id), array_agg(p.attempt + 1), array_agg(p.queue_name), array_agg(p.task_name),
    array_agg(p.workflow_id), array_agg(p.depth)
  into v_picked
  from (
    select r.*
    from absurd._hint_ranges(p_hint) as m
    cross join lateral (
      select a.*
      from (
        select t.task_id, t.attempt, t.queue_name, t.task_name, t.workflow_id, t.depth
        from absurd.tasks as t
        where t.queue_name = p_hint.queue_name and t.state = 'ready'
          and t.priority > m.priority and t.priority <= m.highest
          and t.task_id not in (select r.id from unnest(p_taken) as r (id))
        order by t.priority desc, t.task_id
        limit p_share
        for no key update skip locked
      ) as a
      union all
      select a.*
      from (
        select t.task_id, t.attempt, t.queue_name, t.task_name, t.workflow_id, t.depth
        from absurd.tasks as t
        where t.queue_name = any (array[p_hint.queue_name]) and t.state = 'ready'
          and t.priority = m.priority and t.task_id > m.task_id
          and t.task_id not in (select r.id from unnest(p_taken) as r (id))
        order by t.queue_name, t.task_id
        limit p_share
        for no key update skip locked
      ) as a
    ) as r
    limit p_share
  ) as p;
  return v_picked;
end;
$$;

comment on function absurd._pick_behind(absurd.claim_hints, int, uuid[]) is
  'Locks the best ready tasks of a queue behind the hint, p_share at most, passing by those that others hold, and by '
  'p_taken, which are reserved.';

drop function if exists absurd._pick_named_behind(absurd.claim_hints, int);
create or replace function absurd._pick_named_behind(p_hint absurd.claim_hints, p_share int, p_taken uuid[])
returns absurd._picked
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
-- For the same reason as in _pick.
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_picked absurd._picked;
begin
  select
    array_agg(p.task_id), array_agg(p.attempt + 1), array_agg(p.queue_name), array_agg(p.task_name),
    array_agg(p.workflow_id), array_agg(p.depth)
  into v_picked
  from (
    select r.*
    from absurd._hint_ranges(p_hint) as m
    cross join lateral (
      select a.*
      from (
        select t.task_id, t.attempt, t.queue_name, t.task_name, t.workflow_id, t.depth
        from absurd.tasks as t
        where t.queue_name = p_hint.queue_name and t.task_name = p_hint.task_name and t.state = 'ready'
          and t.priority > m.priority and t.priority <= m.highest
          and t.task_id not in (select r.id from unnest(p_taken) as r (id))
        order by t.priority desc, t.task_id
        limit p_share
        for no key update skip locked
      ) as a
      union all
      select a.*
      from (
        select t.task_id, t.attempt, t.queue_name, t.task_name, t.workflow_id, t.depth
        from absurd.tasks as t
        where t.queue_name = any (array[p_hint.queue_name]) and t.task_name = p_hint.task_name and t.state = 'ready'
          and t.priority = m.priority and t.task_id > m.task_id
          and t.task_id not in (select r.id from unnest(p_taken) as r (id))
        order by t.queue_name, t.task_id
        limit p_share
        for no key update skip locked
      ) as a
    ) as r
    limit p_share
  ) as p;
  return v_picked;
end;
$$;

comment on function absurd._pick_named_behind(absurd.claim_hints, int, uuid[]) is
  'Does for one task name what _pick_behind does for a whole queue.';
