-- Spawning a whole graph of steps in one call.

drop function if exists absurd.spawn_workflow(jsonb);
create or replace function absurd.spawn_workflow(p_workflow jsonb)
returns table (
  workflow_id uuid, created boolean, params_differ boolean, step_name text, task_id uuid, task_name text,
  offered boolean
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
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
        t.step_name, t.task_id, t.task_name, absurd._is_offered(t.queue_name, t.task_name)
      -- A holder that retention has forgotten has no steps, but an id.
      from (values (v_holder_id)) as h (workflow_id)
      left join absurd._steps_of(array[v_holder_id]) as t on t.workflow_id = h.workflow_id
      order by t.task_id;
    return;
  end if;

  v_graph := absurd._type_steps(p_workflow, v_graph, v_now);
  v_graph := absurd._link_steps(absurd._read_edges(v_graph));
  perform absurd._insert_workflow(v_workflow_id, p_workflow, v_graph, v_now);
  -- Only a parent from outside can have left it stuck from its first moment.
  if v_graph.outer_parent_ids <> '{}' then
    perform absurd._refresh_workflows(array[v_workflow_id], v_now);
  end if;
  return query
    with offers as materialized (
      select o.item, o.task_name, absurd._is_offered(o.queue_name, o.task_name) as offered
      from unnest(v_graph.specs) as o
    )
    select v_workflow_id, true, false, s.step_name, s.task_id, o.task_name, o.offered
    from unnest(v_graph.names, v_graph.task_ids, v_graph.shape_of)
      with ordinality as s (step_name, task_id, shape, step)
    join offers as o on o.item = s.shape
    order by s.step;
end;
$$;

comment on function absurd.spawn_workflow(jsonb) is
  'Spawns a graph of tasks in one transaction: {name, queue_name, key, key_window_sec, params, priority, dlq_enabled, '
  'steps: [{name, task_name, queue_name, params, depends_on, …options of spawn_task}]}. An entry of depends_on is the name '
  'of a step, the id of an existing task, or {step or task_id, on_parent_failure} for a policy of its own. One row per '
  'step, in order, which tells whether a live worker offers such tasks; with created false the steps are those of the '
  'key''s holder (one row without a step if it was pruned). Raises 22023, TQ003 (duplicate or unknown step, cycle), '
  'TQ005, TQ001 and TQ006 (parents outside).';

create or replace function absurd.spawn_steps(
  p_workflow jsonb,
  p_names text[],
  p_params json,
  p_shape_of int[],
  p_children int[],
  p_parents int[]
)
returns table (workflow_id uuid, task_ids uuid[], not_offered text[])
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_nestloop = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := absurd.clock();
  v_workflow_id constant uuid := absurd._new_id();
  v_graph absurd._graph;
begin
  perform absurd._check_workflow(p_workflow);
  v_graph.names := p_names;
  v_graph.params := absurd._for_each(array(
    select i.value
    from jsonb_array_elements(absurd._try_jsonb(p_params)) with ordinality as i (value, item)
    order by i.item
  ), cardinality(p_names));
  v_graph.shape_of := absurd._for_each(p_shape_of, cardinality(p_names));
  v_graph.shapes := array(
    select s.value - '{name,params,depends_on}'::text[]
    from jsonb_array_elements(p_workflow -> 'steps') with ordinality as s (value, nth)
    order by s.nth
  );
  v_graph.children := p_children;
  v_graph.parents := p_parents;
  v_graph.outer_parent_ids := '{}';
  perform absurd._check_numbered(p_workflow, v_graph);
  perform absurd._check_step_names(p_workflow ->> 'name', v_graph.names);
  v_graph := absurd._type_steps(p_workflow, v_graph, v_now);
  v_graph.policies := absurd._policies_of_edges(v_graph);
  perform absurd._insert_workflow(v_workflow_id, p_workflow, absurd._link_steps(v_graph), v_now);
  return query select v_workflow_id, v_graph.task_ids, array(
    select s.task_name
    from unnest(v_graph.specs) as s
    where not absurd._is_offered(s.queue_name, s.task_name)
    order by s.item
  );
end;
$$;

comment on function absurd.spawn_steps(jsonb, text[], json, int[], int[], int[]) is
  'Spawns a workflow whose steps are told by arrays, for those who spawn very many: p_workflow is that of spawn_workflow, '
  'without a key, and its steps are the forms that steps have (without name, params and depends_on), each once. Each step '
  'has a name, params, and the number of its form, from 1 (one element of these two stands for all steps); an edge has the '
  'numbers of a child and of a parent that stands before it. Edges come by parent, each once. Returns the ids of the steps '
  'in their order, and the names of tasks that no live worker offers. Raises 22023, TQ003 (duplicate step), TQ005, and the '
  'server''s own 23505 for an edge that comes twice.';

create or replace function absurd._check_numbered(p_workflow jsonb, p_graph absurd._graph)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_steps constant int := cardinality(p_graph.names);
begin
  if p_workflow -> 'key' <> 'null' then
    perform absurd._raise('22023', 'A workflow with a key is spawned by spawn_workflow');
  elsif v_steps is null or v_steps = 0
    or cardinality(p_graph.params) <> v_steps or cardinality(p_graph.shape_of) is distinct from v_steps then
    perform absurd._raise('22023', format('There must be as many params and shape_of as names: %s, %s and %s',
      cardinality(p_graph.params), cardinality(p_graph.shape_of), v_steps));
  elsif exists (
    select from unnest(p_graph.shape_of) as s (shape)
    where s.shape is null or s.shape not between 1 and cardinality(p_graph.shapes)
  ) then
    perform absurd._raise('22023', format('shape_of must hold numbers from 1 to %s', cardinality(p_graph.shapes)));
  elsif p_graph.children is null
    or exists (
      select from unnest(p_graph.children, p_graph.parents) as e (child, parent)
      where e.parent is null or e.child is null or e.parent < 1 or e.child <= e.parent or e.child > v_steps
    )
    or p_graph.parents <> array(select e.parent from unnest(p_graph.parents) as e (parent) order by e.parent) then
    perform absurd._raise('22023', 'Edges must lead from a step to a later one, and come by parent');
  end if;
end;
$$;

comment on function absurd._check_numbered(jsonb, absurd._graph) is
  'Raises 22023 for numbers of spawn_steps that are none.';

create or replace function absurd._check_workflow(p_workflow jsonb)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
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
set search_path = pg_catalog, pg_temp
as $$
declare
  v_bad_names text;
begin
  -- All together, as far as that goes: very many are seldom wrong.
  if array_position(p_names, null) is not null or not absurd._is_text_of_names(array_to_string(p_names, ''))
    or exists (select from unnest(p_names) as s (name) where octet_length(s.name) not between 1 and 128)
  then
    select string_agg(format('%s (step %s)', coalesce(s.name, 'no name'), s.step), ', ' order by s.step)
    into v_bad_names
    from unnest(p_names) with ordinality as s (name, step)
    where not absurd._is_name(s.name);
    if v_bad_names is not null then
      perform absurd._raise('22023', format('Steps without a usable name: %s', v_bad_names));
    end if;
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
