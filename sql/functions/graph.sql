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
  v_fingerprint text;
  v_graph absurd._graph;
begin
  perform absurd._check_workflow(p_workflow);
  v_graph := absurd._read_steps(p_workflow -> 'steps');
  perform absurd._check_step_names(p_workflow ->> 'name', v_graph.names);
  if p_workflow ->> 'key' is not null then
    v_fingerprint := absurd._fingerprint(p_workflow ->> 'name', p_workflow - 'key');
    v_holder_id := absurd._take_key(
      p_workflow ->> 'queue_name', 'workflow', p_workflow ->> 'key', v_workflow_id, v_fingerprint,
      (p_workflow ->> 'key_window_sec')::float8, v_now
    );
  end if;
  if v_holder_id <> v_workflow_id then
    return query
      select
        v_holder_id, false,
        absurd._key_fingerprint(p_workflow ->> 'queue_name', 'workflow', p_workflow ->> 'key') <> v_fingerprint,
        t.step_name, t.task_id
      from absurd._steps_of(array[v_holder_id]) as t
      order by t.task_id;
    return;
  end if;

  v_graph := absurd._type_steps(p_workflow, v_graph, v_now);
  v_graph := absurd._link_steps(absurd._read_edges(v_graph));
  insert into absurd.workflows (
    workflow_id, name, queue_name, params, key, created_at, first_step_id, last_step_id
  )
  values (
    v_workflow_id, p_workflow ->> 'name', p_workflow ->> 'queue_name',
    coalesce(nullif(p_workflow -> 'params', 'null'), '{}'), p_workflow ->> 'key', v_now,
    v_graph.task_ids[1], v_graph.task_ids[cardinality(v_graph.task_ids)]
  );
  perform absurd._insert_steps(v_workflow_id, v_graph, v_now);
  -- Only a parent from outside can have left it stuck from its first moment.
  if v_graph.outer_parent_ids <> '{}' then
    perform absurd._refresh_workflows(array[v_workflow_id], v_now);
  end if;
  return query
    select v_workflow_id, true, false, s.step_name, s.task_id
    from unnest(v_graph.names, v_graph.task_ids) with ordinality as s (step_name, task_id, step)
    order by s.step;
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
end;
$$;

comment on function absurd._check_workflow(jsonb) is
  'Raises 22023 or TQ005 for a workflow whose frame is wrong; its steps are checked as tasks.';

create or replace function absurd._check_step_names(p_workflow_name text, p_names text[])
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_bad_names text;
begin
  select string_agg(format('%s (step %s)', coalesce(s.name, 'no name'), s.step), ', ' order by s.step)
  into v_bad_names
  from unnest(p_names) with ordinality as s (name, step)
  where not absurd._is_name(s.name);
  if v_bad_names is not null then
    perform absurd._raise('22023', format('Steps without a usable name: %s', v_bad_names));
  end if;

  select string_agg(d.name, ', ' order by d.name)
  into v_bad_names
  from (select s.name from unnest(p_names) as s (name) group by s.name having count(*) > 1) as d;
  if v_bad_names is not null then
    perform absurd._raise('TQ003', format('Workflow %s names a step more than once: %s', p_workflow_name, v_bad_names));
  end if;
end;
$$;

comment on function absurd._check_step_names(text, text[]) is
  'Raises 22023 for steps whose name is none, and TQ003 for names that several have.';
