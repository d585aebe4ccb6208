-- Spawning single tasks. The steps: read the items, take keys, look at parents (both only when some item asks for
-- it), insert. The whole batch is one transaction, but an item that cannot be spawned harms no other.

create or replace function absurd.spawn_task(
  p_queue_name text,
  p_task_name text,
  p_params jsonb default '{}',
  p_options jsonb default '{}'
)
returns table (task_id uuid, created boolean, params_differ boolean, offered boolean)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_spec absurd._task_spec;
begin
  if jsonb_typeof(coalesce(p_options, '{}')) <> 'object' then
    perform absurd._raise('22023', 'options must be a JSON object');
  end if;
  task_id := absurd._spawn_one(p_queue_name, p_task_name, p_params, p_options, absurd.clock());
  created := true;
  params_differ := false;
  if task_id is null then
    v_spec := (absurd._spawn(
      array[coalesce(p_options, '{}')
        || jsonb_build_object('queue_name', p_queue_name, 'task_name', p_task_name, 'params', p_params)],
      array[null]
    ))[1];
    perform absurd._require_spawned(v_spec);
    task_id := v_spec.task_id;
    created := v_spec.created;
    params_differ := v_spec.params_differ;
  end if;
  offered := absurd._is_offered(p_queue_name, p_task_name);
  return next;
end;
$$;

comment on function absurd.spawn_task(text, text, jsonb, jsonb) is
  'Spawns one task. Options: priority, delay_sec or run_at, depends_on [task ids], on_parent_failure cancel|wait|ignore, '
  'key, key_window_sec (30 days), max_retries, timeout_sec, backoff_base_sec, backoff_cap_sec, dlq_enabled. Returns the '
  'id (of the holder of the key when created is false), whether the params differ from the holder''s, and whether a '
  'live worker offers such tasks. Raises 22023, TQ005 (too large), TQ001 (unknown parent), TQ006 (parent ended badly).';

create or replace function absurd.spawn_tasks(p_tasks json)
returns table (
  index int,
  task_id uuid,
  created boolean,
  params_differ boolean,
  offered boolean,
  outcome text,
  message text
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_plain constant record := absurd._shapes_of(absurd._try_jsonb(p_tasks));
  v_task_ids uuid[];
  v_values jsonb[];
  v_problems text[];
  v_specs absurd._task_spec[];
begin
  if v_plain.shapes is not null then
    v_task_ids := absurd._spawn_plain(v_plain.shapes, v_plain.shape_of, v_plain.params, absurd.clock());
  end if;
  if v_task_ids is not null then
    return query
      with offers as materialized (
        select o.nth, absurd._is_offered(o.shape ->> 'queue_name', o.shape ->> 'task_name') as offered
        from unnest(v_plain.shapes) with ordinality as o (shape, nth)
      )
      select i.item::int - 1, i.task_id, true, false, o.offered, 'ok', null::text
      from unnest(v_task_ids, v_plain.shape_of) with ordinality as i (task_id, shape, item)
      join offers as o on o.nth = i.shape
      order by i.item;
    return;
  end if;
  select array_agg(i.value order by i.item), array_agg(i.problem order by i.item)
  into v_values, v_problems
  from absurd._read_items(p_tasks, 'The tasks') as i;
  v_specs := absurd._spawn(v_values, v_problems);
  return query
    with offers as (
      select n.queue_name, n.task_name, absurd._is_offered(n.queue_name, n.task_name) as offered
      from (select distinct s.queue_name, s.task_name from unnest(v_specs) as s where s.outcome = 'ok') as n
    )
    select
      s.item - 1,
      case when s.outcome = 'ok' then s.task_id end,
      s.created,
      s.params_differ,
      coalesce(o.offered, false),
      case s.outcome when 'unknown_parent' then 'refused' else s.outcome end,
      s.message
    from unnest(v_specs) as s
    left join offers as o on o.queue_name = s.queue_name and o.task_name = s.task_name
    order by s.item;
end;
$$;

comment on function absurd.spawn_tasks(json) is
  'Spawns many tasks: items {queue_name, task_name, params, …options of spawn_task}. One row per item, index from 0, '
  'outcome ok, invalid, too_large or refused (a parent is unknown or ended badly); never raises for one item.';

create or replace function absurd.spawn_alike(p_task jsonb, p_params json)
returns table (task_ids uuid[], offered boolean)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_params jsonb[];
  v_task_ids uuid[];
begin
  if json_typeof(p_params) is distinct from 'array' then
    perform absurd._raise('22023', 'params must be a JSON array');
  end if;
  v_params := array(
    select i.value
    from jsonb_array_elements(absurd._try_jsonb(p_params)) with ordinality as i (value, item)
    order by i.item
  );
  v_task_ids := absurd._spawn_plain(
    array[p_task], array_fill(1, array[cardinality(v_params)]), v_params, absurd.clock()
  );
  if v_task_ids is not null then
    return query select v_task_ids, absurd._is_offered(p_task ->> 'queue_name', p_task ->> 'task_name');
  end if;
end;
$$;

comment on function absurd.spawn_alike(jsonb, json) is
  'Spawns tasks that differ in their params only: p_task is an item of spawn_tasks without params, p_params holds those '
  'of each. Returns their ids in that order, and whether a live worker offers such tasks. No row, and nothing was '
  'spawned, when the task has a key or parents, or when one of them cannot be spawned: spawn_tasks then tells which. '
  'Raises 22023 when p_params is no array.';

create or replace function absurd._require_spawned(p_spec absurd._task_spec)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_spec.outcome <> 'ok' then
    perform absurd._raise(
      case p_spec.outcome
        when 'invalid' then '22023' when 'too_large' then 'TQ005' when 'unknown_parent' then 'TQ001' else 'TQ006'
      end,
      p_spec.message,
      case p_spec.outcome
        when 'refused' then 'Retry the parent first, or spawn with on_parent_failure wait or ignore.'
        when 'too_large' then 'Store the data elsewhere and pass its path.'
      end
    );
  end if;
end;
$$;

comment on function absurd._require_spawned(absurd._task_spec) is 'Raises what spawn_tasks would tell as an outcome.';

create or replace function absurd._is_offered(p_queue_name text, p_task_name text)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select exists (
      select
      from absurd.workers as w
      where p_queue_name = any (w.queue_names)
        and (w.task_names is null or p_task_name = any (w.task_names))
        and absurd._is_live(w.heartbeat_at, w.lease_sec, absurd.clock())
    )
  );
end;
$$;

comment on function absurd._is_offered(text, text) is 'Whether a live worker serves the queue and knows the task.';

create or replace function absurd._spawn(p_values jsonb[], p_problems text[])
returns absurd._task_spec[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_specs absurd._task_spec[] := absurd._read_specs(p_values, p_problems, v_now);
  v_refused uuid[];
begin
  if exists (select from unnest(v_specs) as s where s.key is not null and s.created) then
    v_specs := absurd._with_keys(v_specs, v_now);
  end if;
  if exists (select from unnest(v_specs) as s where s.depends_on <> '{}' and s.created) then
    v_specs := absurd._with_parents(v_specs);
    v_refused := array(
      select s.task_id from unnest(v_specs) as s where s.key is not null and s.outcome in ('refused', 'unknown_parent')
    );
    if v_refused <> '{}' then
      perform absurd._settle_keys('{}', v_refused, v_now);
      v_specs := absurd._with_refused_holders(v_specs);
    end if;
  end if;
  perform absurd._insert_tasks(v_specs, v_now);
  return v_specs;
end;
$$;

comment on function absurd._spawn(jsonb[], text[]) is 'Spawns single tasks; tells the outcome of each in its spec.';
