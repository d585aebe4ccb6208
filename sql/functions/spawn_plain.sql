-- Spawning many tasks that have neither key nor parents. Most of a batch say the same about themselves but for their
-- params: what they say is read and checked once for all of them.

create or replace function absurd._plain_shapes(p_tasks json, p_now timestamptz)
returns absurd._task_spec[]
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_shapes jsonb[];
  v_is_plain boolean;
  v_specs absurd._task_spec[];
begin
  select
    array_agg(distinct i.value - 'params'),
    bool_and(coalesce(jsonb_typeof(i.value -> 'params') in ('object', 'null'), true)
      and coalesce(pg_column_size(i.value -> 'params') <= absurd._max_bytes(), true))
  into v_shapes, v_is_plain
  from jsonb_array_elements(p_tasks::jsonb) as i (value);
  if not v_is_plain then
    return null;
  end if;
  v_specs := absurd._read_specs(v_shapes, array[null], p_now);
  -- Their params hold the shapes from here on.
  return (
    select case when bool_and(s.created and s.key is null and s.depends_on = '{}') then array_agg(
      (s.item, null, s.queue_name, s.task_name, v_shapes[s.item], s.priority, s.run_at, '{}', '{}', null, null,
        s.settings, s.dlq_enabled, null, null, 0, 0, true, false, 'ok', null)::absurd._task_spec
    ) end
    from unnest(v_specs) as s
  );
exception
  -- Something that cannot be read: the long way tells in which of them, and where.
  when data_exception or statement_too_complex or program_limit_exceeded then
    return null;
end;
$$;

comment on function absurd._plain_shapes(json, timestamptz) is
  'What the items of a spawn say but for their params, each form of it once, with that form in the place of params. Null '
  'when an item has a key or parents, or cannot be spawned.';

create or replace function absurd._spawn_plain(p_tasks json, p_now timestamptz)
returns table (index int, task_id uuid, queue_name text, task_name text)
language plpgsql
volatile
set search_path = ''
set enable_nestloop = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_shapes constant absurd._task_spec[] := absurd._plain_shapes(p_tasks, p_now);
  v_defaults constant jsonb := absurd._default_settings();
  v_id constant text := replace(absurd._new_id()::text, '-', '');
begin
  if v_shapes is null then
    return;
  end if;
  perform absurd._ensure_queues(array(select distinct s.queue_name from unnest(v_shapes) as s), p_now);
  return query
    with shapes as materialized (
      select
        s.params as shape, s.queue_name, s.task_name, s.priority, s.run_at, s.settings, s.dlq_enabled,
        case when s.run_at > p_now then 'scheduled' else 'ready' end as state,
        -- An estimate, until a claim knows what stage and worker say.
        (e.settings -> 'max_retries')::numeric::int as max_retries,
        (e.settings -> 'timeout_sec')::float8 as timeout_sec,
        (e.settings -> 'backoff_base_sec')::float8 as backoff_base_sec,
        (e.settings -> 'backoff_cap_sec')::float8 as backoff_cap_sec,
        case when s.run_at > p_now then jsonb_build_object('run_at', s.run_at) end as detail
      from unnest(v_shapes) as s
      cross join lateral (select v_defaults || coalesce(s.settings, '{}') as settings) as e
    ), items as materialized (
      select
        i.item,
        -- As _new_id makes them, at one instant.
        (left(v_id, 16) || to_hex(8388608 | (i.item & 4194303)) || right(v_id, 10))::uuid as task_id,
        coalesce(nullif(i.value -> 'params', 'null'), '{}') as params,
        s.*
      from jsonb_array_elements(p_tasks::jsonb) with ordinality as i (value, item)
      join shapes as s on s.shape = i.value - 'params'
    ), inserted as (
      insert into absurd.tasks (
        task_id, queue_name, task_name, params, priority, state, run_at, created_at, settings, dlq_enabled,
        max_retries, timeout_sec, backoff_base_sec, backoff_cap_sec
      )
      select
        i.task_id, i.queue_name, i.task_name, i.params, i.priority, i.state, i.run_at, p_now, i.settings, i.dlq_enabled,
        i.max_retries, i.timeout_sec, i.backoff_base_sec, i.backoff_cap_sec
      from items as i
    ), alike as (
      select i.queue_name, i.task_name, i.state, i.detail, array_agg(i.task_id) as task_ids, count(*)::int as size
      from items as i
      group by i.queue_name, i.task_name, i.state, i.detail
    ), told as (
      insert into absurd.event_batches (
        created_at, kind, queue_name, task_name, status, detail, task_ids, attempts, size
      )
      select
        p_now, 'task', a.queue_name, a.task_name, 'pending', a.detail, a.task_ids, array_fill(0, array[a.size]), a.size
      from alike as a
      where a.queue_name <> all (array(select q.queue_name from absurd.queues as q where not q.keeps_events))
    ), counted as (
      insert into absurd.task_counts (queue_name, task_name, state, change)
      select a.queue_name, a.task_name, a.state, sum(a.size) from alike as a group by a.queue_name, a.task_name, a.state
    )
    select i.item::int - 1, i.task_id, i.queue_name, i.task_name from items as i;
  perform pg_notify('absurd_tasks', q.queue_name)
  from (select distinct s.queue_name from unnest(v_shapes) as s where s.run_at <= p_now) as q;
  perform pg_notify('absurd_events', q.queue_name) from (select distinct s.queue_name from unnest(v_shapes) as s) as q;
end;
$$;

comment on function absurd._spawn_plain(json, timestamptz) is
  'Spawns tasks of which none has a key or parents. No row: nothing was done, because that is not so, or because one of '
  'them cannot be spawned.';

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
set search_path = ''
as $$
declare
  -- An estimate, until a claim knows what stage and worker say.
  v_defaults constant jsonb := absurd._default_settings();
  v_task_id uuid;
  v_keeps_events boolean;
begin
  if p_options - '{priority,dlq_enabled}'::text[] <> '{}'
    or not absurd._is_number(p_options -> 'priority', -2147483648, 2147483647, true)
    or jsonb_typeof(p_options -> 'dlq_enabled') <> 'boolean'
    or jsonb_typeof(p_params) <> 'object' or pg_column_size(p_params) > absurd._max_bytes()
    or absurd._name_problem(p_queue_name, '') is not null or absurd._name_problem(p_task_name, '') is not null then
    return null;
  end if;
  select q.keeps_events into v_keeps_events from absurd.queues as q where q.queue_name = p_queue_name;
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
  perform pg_notify('absurd_tasks', p_queue_name);
  if v_keeps_events then
    insert into absurd.event_batches (created_at, kind, queue_name, task_id, task_name, attempt, status)
    values (p_now, 'task', p_queue_name, v_task_id, p_task_name, 0, 'pending');
    perform pg_notify('absurd_events', p_queue_name);
  end if;
  return v_task_id;
end;
$$;

comment on function absurd._spawn_one(text, text, jsonb, jsonb, timestamptz) is
  'Spawns a task of a known queue that asks for nothing but a priority, and is ready at once. Null: nothing was done, '
  'because that is not so, or because it cannot be spawned.';
