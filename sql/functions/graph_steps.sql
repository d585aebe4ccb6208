-- The steps of a workflow that is being spawned: reading, and inserting. They stand in arrays, one for each thing that
-- is said of them, because there may be very many, and a row of its own for each costs more than its task.

create or replace function absurd._read_steps(p_steps jsonb)
returns absurd._graph
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
  v_graph absurd._graph;
begin
  with steps as materialized (
    select
      s.step, s.value ->> 'name' as name, s.value -> 'params' as params,
      nullif(s.value -> 'depends_on', 'null') as depends_on,
      case when jsonb_typeof(s.value) = 'object' then s.value - '{name,params,depends_on}'::text[] end as shape
    from jsonb_array_elements(p_steps) with ordinality as s (value, step)
  ), numbered as materialized (
    select d.shape, row_number() over ()::int as nth
    from (select distinct s.shape from steps as s where s.shape is not null) as d
  )
  select
    array_agg(s.name order by s.step), array_agg(s.params order by s.step), array_agg(s.depends_on order by s.step),
    array_agg(n.nth order by s.step), (select array_agg(o.shape order by o.nth) from numbered as o)
  into v_graph.names, v_graph.params, v_graph.depends_on, v_graph.shape_of, v_graph.shapes
  from steps as s
  left join numbered as n on n.shape = s.shape;
  return v_graph;
end;
$$;

comment on function absurd._read_steps(jsonb) is
  'The steps of a workflow, untyped: names, params, parents, and what else they say, each form of it once.';

drop function if exists absurd._read_steps(jsonb, uuid, timestamptz);
create or replace function absurd._type_steps(p_workflow jsonb, p_graph absurd._graph, p_now timestamptz)
returns absurd._graph
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
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
  v_graph absurd._graph := p_graph;
  v_bad int;
begin
  v_graph.shapes := array(
    select v_defaults || jsonb_strip_nulls(s.shape)
    from unnest(p_graph.shapes) with ordinality as s (shape, nth)
    order by s.nth
  );
  v_graph.specs := absurd._read_specs(v_graph.shapes, array[null], p_now);
  select min(i.step)
  into v_bad
  from unnest(v_graph.shape_of, v_graph.params) with ordinality as i (shape, params, step)
  join unnest(v_graph.specs) as s on s.item = i.shape
  where s.outcome <> 'ok' or s.key is not null or jsonb_typeof(i.params) not in ('object', 'null')
    or pg_column_size(i.params) > absurd._max_bytes();
  if v_bad is not null then
    perform absurd._raise_step(
      v_graph.names[v_bad],
      v_graph.shapes[v_graph.shape_of[v_bad]] || jsonb_build_object('params', v_graph.params[v_bad]), p_now
    );
  end if;
  v_graph.task_ids := array(
    select absurd._item_id(v_id, i.step) from generate_series(1, cardinality(v_graph.names)) as i (step)
  );
  return v_graph;
end;
$$;

comment on function absurd._type_steps(jsonb, absurd._graph, timestamptz) is
  'Types what the steps of a workflow say, and gives each an id. Raises for the first that cannot be spawned, naming it.';

create or replace function absurd._policies(p_shapes jsonb[])
returns table (shape int, policy text)
language sql
immutable
as $$
  select s.nth::int, coalesce(s.value ->> 'on_parent_failure', 'cancel')
  from unnest(p_shapes) with ordinality as s (value, nth)
  offset 0; -- once for each form, not for each edge
$$;

comment on function absurd._policies(jsonb[]) is 'What forms of steps say of a parent that ends badly, by their numbers.';

create or replace function absurd._policies_of_edges(p_graph absurd._graph)
returns text[]
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
  v_policies constant text[] := array(select distinct f.policy from absurd._policies(p_graph.shapes) as f);
begin
  if cardinality(v_policies) = 1 then
    return array_fill(v_policies[1], array[cardinality(p_graph.children)]);
  end if;
  return array(
    select f.policy
    from unnest(p_graph.children) with ordinality as e (child, edge)
    join absurd._policies(p_graph.shapes) as f on f.shape = p_graph.shape_of[e.child]
    order by e.edge
  );
end;
$$;

comment on function absurd._policies_of_edges(absurd._graph) is
  'The policy of each edge of a graph whose steps say one for all of their parents.';

create or replace function absurd._raise_step(p_name text, p_item jsonb, p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
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

create or replace function absurd._insert_workflow(
  p_workflow_id uuid,
  p_workflow jsonb,
  p_graph absurd._graph,
  p_now timestamptz
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into absurd.workflows (
    workflow_id, name, queue_name, params, key, created_at, first_step_id, last_step_id
  )
  values (
    p_workflow_id, p_workflow ->> 'name', p_workflow ->> 'queue_name',
    coalesce(nullif(p_workflow -> 'params', 'null'), '{}'), p_workflow ->> 'key', p_now,
    p_graph.task_ids[1], p_graph.task_ids[cardinality(p_graph.task_ids)]
  );
  perform absurd._insert_steps(p_workflow_id, p_graph, p_now);
end;
$$;

comment on function absurd._insert_workflow(uuid, jsonb, absurd._graph, timestamptz) is
  'Inserts a workflow and its steps.';

create or replace function absurd._insert_steps(p_workflow_id uuid, p_graph absurd._graph, p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set enable_mergejoin = off
as $$
begin
  perform absurd._ensure_queues(array(select distinct s.queue_name from unnest(p_graph.specs) as s), p_now);
  with shapes as materialized (
    select s.* from absurd._spec_rows(p_graph.specs) as s
  ), items as materialized (
    select
      i.task_id, i.name, i.shape, i.depth, i.open_parents, coalesce(nullif(i.params, 'null'), '{}') as params,
      case when i.open_parents > 0 then 'blocked' when s.run_at > p_now then 'scheduled' else 'ready' end as state
    from unnest(
      p_graph.task_ids, p_graph.names, p_graph.shape_of, p_graph.params, p_graph.depths, p_graph.open_parents
    ) with ordinality as i (task_id, name, shape, params, depth, open_parents, step)
    join shapes as s on s.shape = i.shape
    order by i.step
  ), inserted as (
    insert into absurd.tasks (
      task_id, queue_name, task_name, params, priority, state, run_at, created_at, depth, open_parents, workflow_id,
      step_name, settings, dlq_enabled, max_retries, timeout_sec, backoff_base_sec, backoff_cap_sec
    )
    select
      i.task_id, s.queue_name, s.task_name, i.params, s.priority, i.state, s.run_at, p_now, i.depth, i.open_parents,
      p_workflow_id, i.name, s.settings, s.dlq_enabled, s.max_retries, s.timeout_sec, s.backoff_base_sec,
      s.backoff_cap_sec
    from items as i
    join shapes as s on s.shape = i.shape
  ), alike as (
    select i.shape, i.state, array_agg(i.task_id) as task_ids, count(*)::int as size
    from items as i
    group by i.shape, i.state
  ), told as (
    insert into absurd.event_batches (
      created_at, kind, queue_name, task_name, workflow_id, status, detail, task_ids, attempts, size
    )
    select
      p_now, 'task', s.queue_name, s.task_name, p_workflow_id, 'pending',
      case when a.state = 'scheduled' then jsonb_build_object('run_at', s.run_at) end,
      a.task_ids, array_fill(0, array[a.size]), a.size
    from alike as a
    join shapes as s on s.shape = a.shape
    where s.queue_name <> all (array(select q.queue_name from absurd.queues as q where not q.keeps_events))
    order by a.task_ids
  )
  insert into absurd.task_counts (queue_name, task_name, state, change)
  select s.queue_name, s.task_name, a.state, sum(a.size)
  from alike as a
  join shapes as s on s.shape = a.shape
  group by s.queue_name, s.task_name, a.state;
  perform absurd._insert_edges(p_graph);
  perform absurd._wake_workers(array(
    select s.queue_name
    from unnest(p_graph.shape_of, p_graph.open_parents) as i (shape, open_parents)
    join unnest(p_graph.specs) as s on s.item = i.shape
    where i.open_parents = 0 and s.run_at <= p_now
  ), p_now);
  perform absurd._wake_readers(array(select distinct s.queue_name from unnest(p_graph.specs) as s), p_now);
end;
$$;

comment on function absurd._insert_steps(uuid, absurd._graph, timestamptz) is
  'Inserts the steps of a workflow with their edges, and tells. Parents outside are locked.';
