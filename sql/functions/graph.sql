-- Spawning a whole graph of steps in one call.

create or replace function absurd.spawn_workflow(p_workflow jsonb)
returns table (workflow_id uuid, created boolean, params_differ boolean, step_name text, task_id uuid)
language plpgsql
volatile
security definer
set search_path = ''
set jit = off
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := absurd.clock();
  v_workflow_id constant uuid := absurd._new_id();
  v_holder_id uuid := v_workflow_id;
  v_fingerprint constant text := absurd._fingerprint(p_workflow ->> 'name', p_workflow - 'key');
  v_specs absurd._task_spec[];
  v_edges absurd._edge[];
begin
  perform absurd._check_workflow(p_workflow);
  if p_workflow ->> 'key' is not null then
    v_holder_id := absurd._take_key(
      p_workflow ->> 'queue_name', 'workflow', p_workflow ->> 'key', v_workflow_id, v_fingerprint,
      (p_workflow ->> 'key_window_sec')::float8, v_now
    );
  end if;

  if v_holder_id = v_workflow_id then
    v_specs := absurd._read_steps(p_workflow, v_workflow_id, v_now);
    v_edges := absurd._read_edges(p_workflow -> 'steps', v_specs);
    v_specs := absurd._link_steps(v_specs, v_edges);
    insert into absurd.workflows (workflow_id, name, queue_name, params, key, created_at)
    values (
      v_workflow_id, p_workflow ->> 'name', p_workflow ->> 'queue_name',
      coalesce(nullif(p_workflow -> 'params', 'null'), '{}'), p_workflow ->> 'key', v_now
    );
    perform absurd._insert_tasks(v_specs, v_now);
    -- Only a parent from outside can have left it stuck from its first moment.
    if exists (select from unnest(v_edges) as e where e.parent_item is null) then
      perform absurd._refresh_workflows(array[v_workflow_id], v_now);
    end if;
  end if;

  return query
    select
      v_holder_id,
      v_holder_id = v_workflow_id,
      v_holder_id <> v_workflow_id
        and absurd._key_fingerprint(p_workflow ->> 'queue_name', 'workflow', p_workflow ->> 'key') <> v_fingerprint,
      t.step_name,
      t.task_id
    from absurd.tasks as t
    where t.workflow_id = v_holder_id
    order by t.task_id;
end;
$$;

comment on function absurd.spawn_workflow(jsonb) is
  'Spawns a graph of tasks in one transaction: {name, queue_name, key, key_window_sec, params, priority, dlq_enabled, '
  'steps: [{name, task_name, queue_name, params, depends_on, …options of spawn_task}]}. An entry of depends_on is the name '
  'of a step, the id of an existing task, or {step or task_id, on_parent_failure} for a policy of its own. One row per '
  'step, in order; with created false the steps are those of the key''s holder (none if it was pruned). Raises 22023, '
  'TQ003 (duplicate or unknown step, cycle), TQ005, TQ001 and TQ006 (parents outside).';

create or replace function absurd._check_workflow(p_workflow jsonb)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  v_bad_names text;
begin
  perform absurd._check_keys(p_workflow, array[
    'name', 'queue_name', 'key', 'key_window_sec', 'params', 'priority', 'dlq_enabled', 'steps'
  ], 'The workflow');
  perform absurd._require_name(p_workflow ->> 'name', 'name of the workflow');
  if jsonb_typeof(p_workflow -> 'steps') is distinct from 'array' or p_workflow -> 'steps' = '[]' then
    perform absurd._raise('22023', format('Workflow %s has no steps', p_workflow ->> 'name'));
  end if;
  if jsonb_typeof(p_workflow -> 'key') = 'string' and length(p_workflow ->> 'key') not between 1 and 512 then
    perform absurd._raise('22023', 'key must be a text of 1 to 512 characters');
  end if;
  if not absurd._is_number(nullif(p_workflow -> 'key_window_sec', 'null'), 0, 3153600000, false) then
    perform absurd._raise('22023',
      format('key_window_sec must be a number of seconds: %s', p_workflow -> 'key_window_sec'));
  end if;
  if coalesce(jsonb_typeof(p_workflow -> 'params'), 'null') not in ('object', 'null') then
    perform absurd._raise('22023', 'params of the workflow must be a JSON object');
  end if;
  if pg_column_size(p_workflow -> 'params') > absurd._max_bytes() then
    perform absurd._raise('TQ005', format('params of workflow %s are too large', p_workflow ->> 'name'));
  end if;

  select string_agg(format('%s (step %s)', coalesce(s.value ->> 'name', 'no name'), s.item), ', ' order by s.item)
  into v_bad_names
  from jsonb_array_elements(p_workflow -> 'steps') with ordinality as s (value, item)
  where jsonb_typeof(s.value) <> 'object' or not absurd._is_name(s.value ->> 'name');
  if v_bad_names is not null then
    perform absurd._raise('22023', format('Steps without a usable name: %s', v_bad_names));
  end if;

  select string_agg(d.name, ', ' order by d.name) into v_bad_names
  from (
    select s.value ->> 'name' as name
    from jsonb_array_elements(p_workflow -> 'steps') as s (value)
    group by s.value ->> 'name'
    having count(*) > 1
  ) as d;
  if v_bad_names is not null then
    perform absurd._raise('TQ003',
      format('Workflow %s names a step more than once: %s', p_workflow ->> 'name', v_bad_names));
  end if;
end;
$$;

comment on function absurd._check_workflow(jsonb) is
  'Raises 22023, TQ003 or TQ005 for a workflow whose frame is wrong; its steps are checked as tasks.';

create or replace function absurd._read_steps(p_workflow jsonb, p_workflow_id uuid, p_now timestamptz)
returns absurd._task_spec[]
language plpgsql
volatile
set search_path = ''
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
  -- The workflow's own settings stand in for those that a step leaves out.
  v_defaults constant jsonb := jsonb_strip_nulls(jsonb_build_object(
    'queue_name', p_workflow -> 'queue_name', 'priority', p_workflow -> 'priority',
    'dlq_enabled', p_workflow -> 'dlq_enabled'
  ));
  v_id constant text := absurd._batch_id();
  v_names constant text[] := array(
    select s.value ->> 'name' from jsonb_array_elements(p_workflow -> 'steps') with ordinality as s (value, item)
    order by s.item
  );
  -- Most say the same about themselves but for name, params and parents: that is read once for all of them.
  v_read constant record := absurd._shapes_of((
    select jsonb_agg(
      v_defaults || jsonb_strip_nulls(s.value - '{name,params,depends_on}'::text[])
        || jsonb_build_object('params', s.value -> 'params')
      order by s.item
    )
    from jsonb_array_elements(p_workflow -> 'steps') with ordinality as s (value, item)
  ));
  v_specs constant absurd._task_spec[] := absurd._read_specs(v_read.shapes, array[null], p_now);
  v_bad int;
begin
  select min(i.item) into v_bad
  from unnest(v_read.shape_of, v_read.params) with ordinality as i (shape, params, item)
  join unnest(v_specs) as s on s.item = i.shape
  where s.outcome <> 'ok' or s.key is not null or jsonb_typeof(i.params) not in ('object', 'null')
    or pg_column_size(i.params) > absurd._max_bytes();
  if v_bad is not null then
    perform absurd._raise_step(
      v_names[v_bad], v_read.shapes[v_read.shape_of[v_bad]] || jsonb_build_object('params', v_read.params[v_bad]), p_now
    );
  end if;
  return (
    select array_agg(
      (
        i.item, absurd._item_id(v_id, i.item::int), s.queue_name, s.task_name,
        coalesce(nullif(i.params, 'null'), '{}'), s.priority, s.run_at, s.depends_on, s.policies, null, null,
        s.settings, s.dlq_enabled, p_workflow_id, i.name, 0, 0, true, false, 'ok', null
      )::absurd._task_spec
      order by i.item
    )
    from unnest(v_read.shape_of, v_read.params, v_names) with ordinality as i (shape, params, name, item)
    join unnest(v_specs) as s on s.item = i.shape
  );
end;
$$;

comment on function absurd._read_steps(jsonb, uuid, timestamptz) is
  'The steps of a workflow as specs without edges. Raises for the first step that cannot be spawned, naming it.';

create or replace function absurd._raise_step(p_name text, p_item jsonb, p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_spec absurd._task_spec := (absurd._read_specs(array[p_item], array[null], p_now))[1];
begin
  if v_spec.key is not null then
    v_spec.outcome := 'invalid';
    v_spec.message := 'A key belongs to the workflow, not to a step';
  end if;
  v_spec.message := format('Step %s: %s', p_name, v_spec.message);
  perform absurd._require_spawned(v_spec);
end;
$$;

comment on function absurd._raise_step(text, jsonb, timestamptz) is 'Raises what is wrong with a step that cannot be spawned.';
