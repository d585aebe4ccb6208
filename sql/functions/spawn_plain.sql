-- Spawning many tasks that have neither key nor parents. Most of a batch say the same about themselves but for their
-- params: what they say, their shape, is read and checked once for all of them.

drop function if exists absurd._plain_shapes(json, timestamptz);
drop function if exists absurd._spawn_plain(json, timestamptz);

create or replace function absurd._plain_shapes(p_shapes jsonb[], p_params jsonb[], p_now timestamptz)
returns absurd._task_spec[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_specs absurd._task_spec[];
begin
  if exists (
    select from unnest(p_params) as p (value)
    where jsonb_typeof(p.value) not in ('object', 'null') or pg_column_size(p.value) > absurd._max_bytes()
  ) then
    return null;
  end if;
  v_specs := absurd._read_specs(p_shapes, array_fill(null::text, array[cardinality(p_shapes)]), p_now);
  return (
    select case when bool_and(s.created and s.key is null and s.depends_on = '{}') then v_specs end
    from unnest(v_specs) as s
  );
exception
  -- Something that cannot be read: the long way tells in which of them, and where.
  when data_exception or statement_too_complex or program_limit_exceeded then
    return null;
end;
$$;

comment on function absurd._plain_shapes(jsonb[], jsonb[], timestamptz) is
  'Shapes, typed. Null when one has a key or parents, or it or one of the params cannot be spawned.';

create or replace function absurd._spawn_plain(
  p_shapes jsonb[],
  p_shape_of int[],
  p_params jsonb[],
  p_now timestamptz
)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
  v_specs constant absurd._task_spec[] := absurd._plain_shapes(p_shapes, p_params, p_now);
  v_id constant text := absurd._batch_id();
  v_task_ids uuid[];
begin
  if v_specs is null then
    return null;
  end if;
  perform absurd._ensure_queues(array(select distinct s.queue_name from unnest(v_specs) as s), p_now);
  with shapes as materialized (
    select s.*, case when s.run_at > p_now then 'scheduled' else 'ready' end as state
    from absurd._spec_rows(v_specs) as s
  ), items as materialized (
    select
      i.shape,
      absurd._item_id(v_id, i.item::int) as task_id,
      coalesce(nullif(i.params, 'null'), '{}') as params
    from unnest(p_shape_of, p_params) with ordinality as i (shape, params, item)
  ), inserted as (
    insert into absurd.tasks (
      task_id, queue_name, task_name, params, priority, state, run_at, created_at, settings, dlq_enabled,
      max_retries, timeout_sec, backoff_base_sec, backoff_cap_sec
    )
    select
      i.task_id, s.queue_name, s.task_name, i.params, s.priority, s.state, s.run_at, p_now, s.settings, s.dlq_enabled,
      s.max_retries, s.timeout_sec, s.backoff_base_sec, s.backoff_cap_sec
    from items as i
    join shapes as s on s.shape = i.shape
  ), alike as (
    select i.shape, array_agg(i.task_id) as task_ids, count(*)::int as size from items as i group by i.shape
  ), told as (
    insert into absurd.event_batches (
      created_at, kind, queue_name, task_name, status, detail, task_ids, attempts, size
    )
    select
      p_now, 'task', s.queue_name, s.task_name, 'pending',
      case when s.state = 'scheduled' then jsonb_build_object('run_at', s.run_at) end,
      a.task_ids, array_fill(0, array[a.size]), a.size
    from alike as a
    join shapes as s on s.shape = a.shape
    where s.queue_name <> all (array(select q.queue_name from absurd.queues as q where not q.keeps_events))
  ), counted as (
    insert into absurd.task_counts (queue_name, task_name, state, change)
    select s.queue_name, s.task_name, s.state, sum(a.size)
    from alike as a
    join shapes as s on s.shape = a.shape
    group by s.queue_name, s.task_name, s.state
  )
  select array_agg(i.task_id) into v_task_ids from items as i;
  if cardinality(p_shape_of) >= absurd._backlog() then
    perform absurd._tell_backlog(s.queue_name, count(*))
    from unnest(p_shape_of) as i (shape)
    join unnest(v_specs) as s on s.item = i.shape
    where s.run_at <= p_now
    group by s.queue_name;
  end if;
  perform absurd._wake_workers(array(select s.queue_name from unnest(v_specs) as s where s.run_at <= p_now), p_now);
  perform absurd._wake_readers(array(select distinct s.queue_name from unnest(v_specs) as s), p_now);
  return v_task_ids;
end;
$$;

comment on function absurd._spawn_plain(jsonb[], int[], jsonb[], timestamptz) is
  'Spawns tasks of which none has a key or parents: each has params, and the number of its shape, from 1. Returns their '
  'ids in order; null: nothing was done, because that is not so, or because one of them cannot be spawned.';

create or replace function absurd._spec_rows(p_specs absurd._task_spec[])
returns table (
  shape int, queue_name text, task_name text, priority int, run_at timestamptz, settings jsonb, dlq_enabled boolean,
  max_retries int, timeout_sec double precision, backoff_base_sec double precision, backoff_cap_sec double precision
)
language sql
stable
as $$
  -- An estimate, until a claim knows what stage and worker say.
  select
    s.item, s.queue_name, s.task_name, s.priority, s.run_at, s.settings, s.dlq_enabled,
    (e.settings -> 'max_retries')::numeric::int, (e.settings -> 'timeout_sec')::float8,
    (e.settings -> 'backoff_base_sec')::float8, (e.settings -> 'backoff_cap_sec')::float8
  from unnest(p_specs) as s
  cross join lateral (select absurd._default_settings() || coalesce(s.settings, '{}') as settings offset 0) as e;
$$;

comment on function absurd._spec_rows(absurd._task_spec[]) is
  'What specs put into the rows of their tasks, numbered by item.';

drop function if exists absurd._shapes_of(json);
create or replace function absurd._shapes_of(
  p_items jsonb,
  out shapes jsonb[],
  out shape_of int[],
  out params jsonb[]
)
returns record
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set enable_mergejoin = off
as $$
begin
  with items as materialized (
    select i.item, i.value - 'params' as shape, i.value -> 'params' as params
    from jsonb_array_elements(p_items) with ordinality as i (value, item)
  ), numbered as materialized (
    select d.shape, row_number() over () as nth from (select distinct i.shape from items as i) as d
  )
  select
    (select array_agg(n.shape order by n.nth) from numbered as n),
    array_agg(o.nth), array_agg(o.params)
  into shapes, shape_of, params
  from (
    select n.nth::int, i.params from items as i join numbered as n on n.shape = i.shape order by i.item
  ) as o;
exception
  -- Something that cannot be read: the long way tells in which of them, and where.
  when data_exception or statement_too_complex or program_limit_exceeded then
    shapes := null;
end;
$$;

comment on function absurd._shapes_of(jsonb) is
  'What items of a spawn say but for their params, each form of it once; which of these each item has, from 1; and the '
  'params. shapes is null when they cannot be read.';

create or replace function absurd._spawn_one(
  p_queue_name text,
  p_task_name text,
  p_params jsonb,
  p_options jsonb,
  p_now timestamptz
)
returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  -- An estimate, until a claim knows what stage and worker say.
  v_defaults constant jsonb := absurd._default_settings();
  v_task_id uuid;
  v_keeps_events boolean;
  v_is_followed boolean;
  v_is_awaited boolean;
begin
  if not absurd._are_short_options(p_options)
    or jsonb_typeof(p_params) <> 'object' or pg_column_size(p_params) > absurd._max_bytes()
    or not absurd._is_name(p_task_name) then
    return null;
  end if;
  select q.keeps_events, q.awaited_until > p_now,
    exists (select from absurd.event_log as l where l.followed_until > p_now)
  into v_keeps_events, v_is_awaited, v_is_followed
  from absurd.queues as q
  where q.queue_name = p_queue_name;
  if not found then
    return null;
  end if;
  v_task_id := absurd._new_id();
  insert into absurd.tasks (
    task_id, queue_name, task_name, params, priority, state, run_at, created_at, dlq_enabled,
    max_retries, timeout_sec, backoff_base_sec, backoff_cap_sec
  )
  values (
    v_task_id, p_queue_name, p_task_name, coalesce(p_params, '{}'),
    coalesce((p_options ->> 'priority')::numeric::int, 0), 'ready', p_now, p_now,
    coalesce((p_options ->> 'dlq_enabled')::boolean, true),
    (v_defaults -> 'max_retries')::numeric::int, (v_defaults -> 'timeout_sec')::float8,
    (v_defaults -> 'backoff_base_sec')::float8, (v_defaults -> 'backoff_cap_sec')::float8
  );
  insert into absurd.task_counts (queue_name, task_name, state, change) values (p_queue_name, p_task_name, 'ready', 1);
  if v_is_awaited then -- as _wake_workers would ask by itself
    perform pg_notify('absurd_tasks', p_queue_name);
  end if;
  if v_keeps_events then
    insert into absurd.event_batches (created_at, kind, queue_name, task_id, task_name, attempt, status)
    values (p_now, 'task', p_queue_name, v_task_id, p_task_name, 0, 'pending');
  end if;
  if v_is_followed then -- as _wake_readers would
    perform pg_notify('absurd_events', p_queue_name);
  end if;
  return v_task_id;
end;
$$;

comment on function absurd._spawn_one(text, text, jsonb, jsonb, timestamptz) is
  'Spawns a task of a known queue that asks for nothing but a priority, and is ready at once. Null: nothing was done, '
  'because that is not so, or because it cannot be spawned.';
