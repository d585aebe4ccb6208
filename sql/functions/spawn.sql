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
set search_path = ''
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_task_id uuid;
  v_spec absurd._task_spec;
begin
  if jsonb_typeof(coalesce(p_options, '{}')) <> 'object' then
    perform absurd._raise('22023', 'options must be a JSON object');
  end if;
  v_task_id := absurd._spawn_one(p_queue_name, p_task_name, p_params, p_options, absurd.clock());
  if v_task_id is not null then
    return query select v_task_id, true, false, absurd._is_offered(p_queue_name, p_task_name);
    return;
  end if;
  v_spec := (absurd._spawn(
    array[coalesce(p_options, '{}')
      || jsonb_build_object('queue_name', p_queue_name, 'task_name', p_task_name, 'params', p_params)],
    array[null]
  ))[1];
  perform absurd._require_spawned(v_spec);
  return query select v_spec.task_id, v_spec.created, v_spec.params_differ,
    absurd._is_offered(p_queue_name, p_task_name);
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
set search_path = ''
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_values jsonb[];
  v_problems text[];
  v_specs absurd._task_spec[];
begin
  return query
    with plain as materialized (
      select p.* from absurd._spawn_plain(p_tasks, absurd.clock()) as p
    ), offers as materialized (
      select n.queue_name, n.task_name, absurd._is_offered(n.queue_name, n.task_name) as offered
      from (select distinct p.queue_name, p.task_name from plain as p) as n
    )
    select p.index, p.task_id, true, false, o.offered, 'ok', null::text
    from plain as p
    join offers as o on o.queue_name = p.queue_name and o.task_name = p.task_name;
  if found then
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

create or replace function absurd._require_spawned(p_spec absurd._task_spec)
returns void
language plpgsql
volatile
set search_path = ''
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
set search_path = ''
as $$
begin
  return (
    select exists (
      select
      from absurd.workers as w
      where p_queue_name = any (w.queue_names)
        and (w.task_names is null or p_task_name = any (w.task_names))
        and w.heartbeat_at > absurd.clock() - make_interval(secs => w.lease_sec)
    )
  );
end;
$$;

comment on function absurd._is_offered(text, text) is 'Whether a live worker serves the queue and knows the task.';

create or replace function absurd._spawn(p_values jsonb[], p_problems text[])
returns absurd._task_spec[]
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_specs absurd._task_spec[] := absurd._read_specs(p_values, p_problems, v_now);
begin
  if exists (select from unnest(v_specs) as s where s.key is not null and s.created) then
    v_specs := absurd._with_keys(v_specs, v_now);
  end if;
  if exists (select from unnest(v_specs) as s where s.depends_on <> '{}' and s.created) then
    v_specs := absurd._with_parents(v_specs);
    perform absurd._settle_keys('{}', array(
      select s.task_id from unnest(v_specs) as s where s.key is not null and s.outcome in ('refused', 'unknown_parent')
    ), v_now);
  end if;
  perform absurd._insert_tasks(v_specs, v_now);
  return v_specs;
end;
$$;

comment on function absurd._spawn(jsonb[], text[]) is 'Spawns single tasks; tells the outcome of each in its spec.';
