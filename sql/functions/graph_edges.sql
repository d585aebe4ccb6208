-- The edges of a graph that is being spawned: reading, depth, cycles.

create or replace function absurd._read_edges(p_steps jsonb, p_specs absurd._task_spec[])
returns absurd._edge[]
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_edges absurd._edge[];
  v_problems text;
begin
  select string_agg(format('step %s: %s', s.value ->> 'name', s.value -> 'depends_on'), '; ' order by s.item)
  into v_problems
  from jsonb_array_elements(p_steps) with ordinality as s (value, item)
  where coalesce(jsonb_typeof(s.value -> 'depends_on'), 'null') not in ('array', 'null');
  if v_problems is not null then
    perform absurd._raise('22023', format('depends_on must be an array; %s', v_problems));
  end if;

  with steps as materialized (
    -- Once for each step and not for each edge: a step that waits for many others is large.
    select s.item::int as item, s.value ->> 'name' as name, s.value ->> 'on_parent_failure' as policy,
      coalesce(nullif(s.value -> 'depends_on', 'null'), '[]') as depends_on
    from jsonb_array_elements(p_steps) with ordinality as s (value, item)
  ), named as (
    select s.item, s.name,
      case jsonb_typeof(e.value)
        when 'object' then coalesce(e.value ->> 'step', e.value ->> 'task_id')
        else e.value #>> '{}'
      end as target,
      coalesce(e.value ->> 'on_parent_failure', s.policy, 'cancel') as policy
    from steps as s
    cross join lateral jsonb_array_elements(s.depends_on) as e (value)
  ), resolved as (
    select distinct on (n.item, coalesce(p.item::text, n.target))
      n.item, n.name, n.target, n.policy, p.item as parent_item,
      case when p.item is not null then p.task_id when absurd._is_uuid(n.target) then n.target::uuid end as parent_id
    from named as n
    left join unnest(p_specs) as p on p.step_name = n.target
  )
  select
    array_agg((r.item, r.parent_item, r.parent_id, r.policy)::absurd._edge order by r.item, r.parent_item),
    string_agg(format('step %s depends on %s', r.name, coalesce(r.target, 'nothing')), '; ')
      filter (where r.parent_id is null or r.policy not in ('cancel', 'wait', 'ignore') or r.parent_item = r.item)
  into v_edges, v_problems
  from resolved as r;
  if v_problems is not null then
    perform absurd._raise('TQ003', format('Impossible dependency: %s', v_problems),
      'Name another step of the workflow or the id of a task; policies are cancel, wait and ignore.');
  end if;
  return coalesce(v_edges, '{}');
end;
$$;

comment on function absurd._read_edges(jsonb, absurd._task_spec[]) is
  'The edges that steps name in depends_on. Raises TQ003 for an unknown step, naming it.';

create or replace function absurd._link_steps(p_specs absurd._task_spec[], p_edges absurd._edge[])
returns absurd._task_spec[]
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_specs absurd._task_spec[] := p_specs;
  v_spec absurd._task_spec;
  v_depths int[];
begin
  -- First the parents outside: they give the depth to start from, and may refuse the whole.
  if exists (select from unnest(p_edges) as e where e.parent_item is null) then
    v_specs := absurd._with_parents(absurd._with_edges(p_specs, p_edges, false, null));
    foreach v_spec in array v_specs loop
      perform absurd._require_spawned(v_spec);
    end loop;
  end if;
  v_depths := absurd._depths(
    array(select s.depth from unnest(v_specs) as s order by s.item),
    array(select e.item from unnest(p_edges) as e where e.parent_item is not null order by e.parent_item, e.item),
    array(select e.parent_item from unnest(p_edges) as e where e.parent_item is not null order by e.parent_item, e.item)
  );
  if array_position(v_depths, null) is not null then
    perform absurd._raise('TQ003', format(
      'The steps depend on each other in a circle: %s',
      (select string_agg(s.step_name, ', ' order by s.item) from unnest(v_specs) as s where v_depths[s.item] is null)
    ));
  end if;
  return absurd._with_edges(v_specs, p_edges, true, v_depths);
end;
$$;

comment on function absurd._link_steps(absurd._task_spec[], absurd._edge[]) is
  'Puts parents, depth and open parents into the steps of a graph. Raises TQ003 for a cycle, naming its steps and '
  'those behind it; TQ001 and TQ006 for parents outside.';

create or replace function absurd._with_edges(
  p_specs absurd._task_spec[],
  p_edges absurd._edge[],
  p_within boolean,
  p_depths int[]
)
returns absurd._task_spec[]
language sql
stable
set search_path = ''
as $$
  select array_agg(
    (
      s.item, s.task_id, s.queue_name, s.task_name, s.params, s.priority, s.run_at,
      s.depends_on || coalesce(e.parent_ids, '{}'), s.policies || coalesce(e.policies, '{}'), s.key,
      s.key_window_sec, s.settings, s.dlq_enabled, s.workflow_id, s.step_name,
      coalesce(p_depths[s.item], s.depth),
      s.open_parents + case when p_within then coalesce(cardinality(e.parent_ids), 0) else 0 end,
      s.created, s.params_differ, s.outcome, s.message
    )::absurd._task_spec
    order by s.item
  )
  from unnest(p_specs) as s
  left join (
    select e.item, array_agg(e.parent_id) as parent_ids, array_agg(e.policy) as policies
    from unnest(p_edges) as e
    where (e.parent_item is not null) = p_within
    group by e.item
  ) as e on e.item = s.item;
$$;

comment on function absurd._with_edges(absurd._task_spec[], absurd._edge[], boolean, int[]) is
  'Adds to specs their parents among the steps (p_within) or outside, and depths when given. Steps are open edges.';

create or replace function absurd._depths(p_base int[], p_children int[], p_parents int[])
returns int[]
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_depths int[] := p_base;
  v_waiting int[] := array_fill(0, array[cardinality(p_base)]);
  v_first int[] := array_fill(null::int, array[cardinality(p_base)]);
  v_queue int[];
  v_next int := 1;
  v_parent int;
  v_edge int;
begin
  -- Kahn's topological order: linear in steps and edges. Edges come sorted by parent.
  for v_edge in reverse cardinality(p_children)..1 loop
    v_waiting[p_children[v_edge]] := v_waiting[p_children[v_edge]] + 1;
    v_first[p_parents[v_edge]] := v_edge;
  end loop;
  v_queue := array(select w.item::int from unnest(v_waiting) with ordinality as w (count, item) where w.count = 0);
  while v_next <= cardinality(v_queue) loop
    v_parent := v_queue[v_next];
    v_edge := v_first[v_parent];
    while p_parents[v_edge] = v_parent loop
      v_depths[p_children[v_edge]] := greatest(v_depths[p_children[v_edge]], v_depths[v_parent] + 1);
      v_waiting[p_children[v_edge]] := v_waiting[p_children[v_edge]] - 1;
      if v_waiting[p_children[v_edge]] = 0 then
        v_queue := v_queue || p_children[v_edge];
      end if;
      v_edge := v_edge + 1;
    end loop;
    v_next := v_next + 1;
  end loop;
  return array(
    select case when w.count = 0 then v_depths[w.item] end
    from unnest(v_waiting) with ordinality as w (count, item)
    order by w.item
  );
end;
$$;

comment on function absurd._depths(int[], int[], int[]) is
  'Longest path from a root for each step, from p_base on; null for steps in a cycle or behind one.';
