-- The edges of a graph that is being spawned: reading, linking, inserting.

create or replace function absurd._read_edges(p_graph absurd._graph)
returns absurd._graph
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
  v_graph absurd._graph := p_graph;
  v_problems text;
begin
  select string_agg(format('step %s: %s', p_graph.names[s.step], s.depends_on), '; ' order by s.step)
  into v_problems
  from unnest(p_graph.depends_on) with ordinality as s (depends_on, step)
  where jsonb_typeof(s.depends_on) <> 'array';
  if v_problems is not null then
    perform absurd._raise('22023', format('depends_on must be an array; %s', v_problems));
  end if;

  with given as (
    -- Not in the from clause, where each step's would be stored before they are read.
    select s.step, f.policy, jsonb_array_elements(s.depends_on) as value
    from unnest(p_graph.depends_on, p_graph.shape_of) with ordinality as s (depends_on, shape, step)
    join absurd._policies(p_graph.shapes) as f on f.shape = s.shape
  ), named as (
    select
      g.step,
      case when o.is_object then coalesce(g.value ->> 'step', g.value ->> 'task_id')
        else g.value #>> '{}' end as target,
      case when o.is_object then coalesce(g.value ->> 'on_parent_failure', g.policy) else g.policy end as policy
    from given as g
    cross join lateral (select jsonb_typeof(g.value) = 'object' as is_object offset 0) as o
  ), resolved as (
    -- By numbers: they sort faster than names do.
    select distinct on (p.step, n.step, o.target)
      n.step::int as child, p.step::int as parent, o.target as outer_target, n.target, n.policy
    from named as n
    left join unnest(p_graph.names) with ordinality as p (name, step) on p.name = n.target
    cross join lateral (select case when p.step is null then coalesce(lower(n.target), '') end as target) as o
    order by p.step, n.step, o.target
  )
  select
    coalesce(array_agg(r.child) filter (where r.parent is not null), '{}'),
    coalesce(array_agg(r.parent) filter (where r.parent is not null), '{}'),
    coalesce(array_agg(r.policy) filter (where r.parent is not null), '{}'),
    coalesce(array_agg(r.child) filter (where r.parent is null), '{}'),
    coalesce(array_agg(case when absurd._is_uuid(r.outer_target) then r.outer_target::uuid end)
      filter (where r.parent is null), '{}'),
    coalesce(array_agg(r.policy) filter (where r.parent is null), '{}'),
    string_agg(
      format('step %s depends on %s', p_graph.names[r.child], coalesce(r.target, 'nothing')), '; ' order by r.child
    ) filter (
      where r.policy not in ('cancel', 'wait', 'ignore') or r.parent = r.child
        or (r.parent is null and not absurd._is_uuid(r.outer_target))
    )
  into
    v_graph.children, v_graph.parents, v_graph.policies,
    v_graph.outer_children, v_graph.outer_parent_ids, v_graph.outer_policies, v_problems
  from resolved as r;
  if v_problems is not null then
    perform absurd._raise('TQ003', format('Impossible dependency: %s', v_problems),
      'Name another step of the workflow or the id of a task; policies are cancel, wait and ignore.');
  end if;
  return v_graph;
end;
$$;

comment on function absurd._read_edges(absurd._graph) is
  'Reads the edges that steps name in depends_on: by parent those between steps, told by their numbers, and those to '
  'tasks outside. Raises 22023, and TQ003 for an unknown step, naming it.';

create or replace function absurd._link_steps(p_graph absurd._graph)
returns absurd._graph
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
  v_graph absurd._graph := p_graph;
begin
  v_graph.depths := array_fill(0, array[cardinality(p_graph.names)]);
  v_graph.open_parents := v_graph.depths;
  -- First the parents outside: they give the depth to start from, and may refuse the whole.
  if p_graph.outer_parent_ids <> '{}' then
    v_graph := absurd._link_outside(v_graph);
  end if;
  v_graph.depths := absurd._depths(v_graph.depths, v_graph.children, v_graph.parents);
  if array_position(v_graph.depths, null) is not null then
    perform absurd._raise('TQ003', format(
      'The steps depend on each other in a circle: %s',
      (
        select string_agg(s.name, ', ' order by s.step)
        from unnest(v_graph.names, v_graph.depths) with ordinality as s (name, depth, step)
        where s.depth is null
      )
    ));
  end if;
  v_graph.open_parents := array(
    select o.count + coalesce(w.count, 0)
    from unnest(v_graph.open_parents) with ordinality as o (count, step)
    left join (
      select e.child, count(*)::int as count from unnest(v_graph.children) as e (child) group by e.child
    ) as w on w.child = o.step
    order by o.step
  );
  return v_graph;
end;
$$;

comment on function absurd._link_steps(absurd._graph) is
  'Works out depth and open parents of the steps of a graph. Raises TQ003 for a cycle, naming its steps and those behind '
  'it; TQ001 and TQ006 for parents outside.';

create or replace function absurd._link_outside(p_graph absurd._graph)
returns absurd._graph
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_graph absurd._graph := p_graph;
  v_spec absurd._task_spec;
begin
  for v_spec in
    select l.*
    from unnest(absurd._with_parents(array(
      select (
        o.step, v_graph.task_ids[o.step], null, null, null, null, null, o.parent_ids, o.policies, null, null, null,
        true, null, null, 0, 0, true, false, 'ok', null
      )::absurd._task_spec
      from (
        select e.step, array_agg(e.parent_id) as parent_ids, array_agg(e.policy) as policies
        from unnest(p_graph.outer_children, p_graph.outer_parent_ids, p_graph.outer_policies)
          as e (step, parent_id, policy)
        group by e.step
      ) as o
      order by o.step
    ))) as l
    order by l.item
  loop
    perform absurd._require_spawned(v_spec);
    v_graph.depths[v_spec.item] := v_spec.depth;
    v_graph.open_parents[v_spec.item] := v_spec.open_parents;
  end loop;
  return v_graph;
end;
$$;

comment on function absurd._link_outside(absurd._graph) is
  'Locks the parents outside of a graph, and tells how deep below them and how open that leaves its steps. Raises TQ001 '
  'and TQ006.';

create or replace function absurd._insert_edges(p_graph absurd._graph)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_task_ids constant uuid[] := p_graph.task_ids;
begin
  insert into absurd.dependencies (task_id, parent_id, on_parent_failure)
  select v_task_ids[e.child], v_task_ids[e.parent], e.policy
  from unnest(p_graph.children, p_graph.parents, p_graph.policies) as e (child, parent, policy);
  if p_graph.outer_parent_ids <> '{}' then
    insert into absurd.dependencies (task_id, parent_id, on_parent_failure, satisfied)
    select v_task_ids[e.child], e.parent_id, e.policy, absurd._is_satisfied(t.state, e.policy)
    from unnest(p_graph.outer_children, p_graph.outer_parent_ids, p_graph.outer_policies)
      as e (child, parent_id, policy)
    cross join lateral (select p.state from absurd.tasks as p where p.task_id = e.parent_id offset 0) as t;
  end if;
end;
$$;

comment on function absurd._insert_edges(absurd._graph) is
  'Inserts the edges of a graph. Parents outside are locked; no step has ended yet.';
