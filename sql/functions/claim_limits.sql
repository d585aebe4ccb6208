-- How many tasks a claim takes from where. A lane is a queue, or one task name of a queue: all tasks of a lane are
-- under the same limits, so what is taken from it is always its best ready tasks.

drop function if exists absurd._claim_shares(text[], int, text[]);
drop function if exists absurd._claim_lanes(text[], int, text[], timestamptz);
create or replace function absurd._claim_lanes(
  p_queue_names text[],
  p_limit int,
  p_at_once int,
  p_task_names text[],
  p_now timestamptz,
  out queue_names text[],
  out task_names text[],
  out shares int[]
)
returns record
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_limits constant absurd._room[] := array(
    select (l.queue_name, l.task_name, 0)::absurd._room
    from absurd.limits as l
    where (l.queue_name = '' or l.queue_name = any (p_queue_names))
      and (l.task_name = '' or p_task_names is null or l.task_name = any (p_task_names))
  );
  v_is_named boolean := p_task_names is not null;
begin
  -- Asked only where there are limits: the question costs more than the rest.
  if v_limits <> '{}' and not v_is_named then
    v_is_named := exists (select from unnest(v_limits) as l where l.task_name <> '');
  end if;
  if v_is_named then
    select array_agg(n.queue_name), array_agg(n.task_name)
    into queue_names, task_names
    from absurd._named_lanes(p_queue_names, p_task_names) as n;
  else
    queue_names := p_queue_names;
    task_names := array_fill(null::text, array[cardinality(p_queue_names)]);
  end if;
  if coalesce(cardinality(queue_names), 0) = 0 then
    return;
  end if;
  if v_limits <> '{}' then
    -- Claims that wait would take their part of the limit.
    shares := absurd._limited_shares(queue_names, task_names, p_at_once, v_limits, p_now);
  else
    shares := absurd._free_shares(queue_names, task_names, p_limit);
  end if;
end;
$$;

comment on function absurd._claim_lanes(text[], int, int, text[], timestamptz) is
  'From which lanes to take how many of p_limit tasks (of p_at_once where limits apply), so that priority and age hold across them, and no limit is '
  'exceeded. Lanes go by task name when names are given or limited; else one lane is a whole queue (name null).';

create or replace function absurd._named_lanes(p_queue_names text[], p_task_names text[])
returns table (queue_name text, task_name text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
begin
  if p_task_names is not null then
    return query
      select q.name, n.name
      from unnest(p_queue_names) as q (name)
      cross join (select distinct u.name from unnest(p_task_names) as u (name) where u.name is not null) as n;
    return;
  end if;
  -- From one name to the next in the index: as many steps as there are names, however many tasks each has.
  return query
    with recursive step (queue_name, task_name) as (
      select q.name, (
        select t.task_name
        from absurd.tasks as t
        where t.queue_name = q.name and t.state = 'ready'
        order by t.task_name
        limit 1
      )
      from unnest(p_queue_names) as q (name)
      union all
      select s.queue_name, (
        select t.task_name
        from absurd.tasks as t
        where t.queue_name = s.queue_name and t.state = 'ready' and t.task_name > s.task_name
        order by t.task_name
        limit 1
      )
      from step as s
      where s.task_name is not null
    )
    select s.queue_name, s.task_name from step as s where s.task_name is not null;
end;
$$;

comment on function absurd._named_lanes(text[], text[]) is
  'The lanes by name: each queue with each of the names, or with each name that is ready in it when they are null.';

create or replace function absurd._ready_heads(p_queue_names text[], p_task_names text[], p_caps int[])
returns table (lane int, priority int, task_id uuid)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
as $$
begin
  if p_task_names[1] is null then
    return query
      select l.item::int, h.priority, h.task_id
      from unnest(p_queue_names, p_caps) with ordinality as l (queue_name, cap, item)
      cross join lateral (
        select t.priority, t.task_id
        from absurd.tasks as t
        where t.queue_name = l.queue_name and t.state = 'ready'
          and t.task_id not in (select r.id from unnest(absurd._reserved(p_queue_names)) as r (id))
        order by t.priority desc, t.task_id
        limit l.cap
      ) as h;
  else
    return query
      select l.item::int, h.priority, h.task_id
      from unnest(p_queue_names, p_task_names, p_caps) with ordinality as l (queue_name, task_name, cap, item)
      cross join lateral (
        select t.priority, t.task_id
        from absurd.tasks as t
        where t.queue_name = l.queue_name and t.task_name = l.task_name and t.state = 'ready'
          and t.task_id not in (select r.id from unnest(absurd._reserved(p_queue_names)) as r (id))
        order by t.priority desc, t.task_id
        limit l.cap
      ) as h;
  end if;
end;
$$;

comment on function absurd._ready_heads(text[], text[], int[]) is 'The best ready tasks of each lane, at most its cap.';

create or replace function absurd._free_shares(p_queue_names text[], p_task_names text[], p_limit int)
returns int[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if cardinality(p_queue_names) = 1 then
    return array[p_limit];
  end if;
  return array(
    with best as materialized (
      select h.lane
      from absurd._ready_heads(p_queue_names, p_task_names, array_fill(p_limit, array[cardinality(p_queue_names)])) as h
      order by h.priority desc, h.task_id
      limit p_limit
    )
    select (select count(*)::int from best as b where b.lane = i.lane)
    from generate_series(1, cardinality(p_queue_names)) as i (lane)
    order by i.lane
  );
end;
$$;

comment on function absurd._free_shares(text[], text[], int) is 'How many of p_limit tasks to take from each lane.';
