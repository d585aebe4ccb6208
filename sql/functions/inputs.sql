-- What tasks are given when they are claimed: the results of their ancestors.

create or replace function absurd._inputs_in_order(p_picked absurd._picked)
returns jsonb[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set enable_hashjoin = on -- which claims turn off
as $$
declare
  v_child_ids uuid[];
  v_workflow_ids uuid[];
  v_depth int;
begin
  if cardinality(p_picked.task_ids) = 1 or absurd._have_one_parent(p_picked) then
    return array_fill(
      absurd._inputs_of_one(p_picked.task_ids[1], p_picked.workflow_ids[1], p_picked.depths[1]),
      array[cardinality(p_picked.task_ids)]
    );
  end if;
  select array_agg(c.task_id), array_agg(c.workflow_id), max(c.depth)
  into v_child_ids, v_workflow_ids, v_depth
  from unnest(p_picked.task_ids, p_picked.workflow_ids, p_picked.depths) as c (task_id, workflow_id, depth)
  where c.depth > 0;
  return (
    select array_agg(i.inputs order by p.nth)
    from unnest(p_picked.task_ids) with ordinality as p (task_id, nth)
    left join absurd._inputs_of(v_child_ids, v_workflow_ids, v_depth) as i on i.task_id = p.task_id
  );
end;
$$;

comment on function absurd._inputs_in_order(absurd._picked) is
  'The inputs of the tasks, in their order; null for one without parents.';

create or replace function absurd._inputs_of_alike(p_task_ids uuid[], p_workflow_id uuid, p_depth int)
returns json
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_size constant int[] := array[cardinality(p_task_ids)];
begin
  return to_json(absurd._inputs_in_order(
    (p_task_ids, null, null, null, array_fill(p_workflow_id, v_size), array_fill(p_depth, v_size))::absurd._picked
  ));
end;
$$;

comment on function absurd._inputs_of_alike(uuid[], uuid, int) is
  'The inputs of tasks of one workflow, or none, and one depth, which is not 0, as a list in their order.';

create or replace function absurd._have_one_parent(p_picked absurd._picked)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
declare
  v_parent_ids uuid[];
begin
  if not coalesce(0 < all (p_picked.depths) and p_picked.workflow_ids[1] = all (p_picked.workflow_ids), false) then
    return false;
  end if;
  v_parent_ids := array(select e.parent_id from absurd._edges_to(p_picked.task_ids) as e);
  return cardinality(v_parent_ids) = cardinality(p_picked.task_ids) and v_parent_ids[1] = all (v_parent_ids);
end;
$$;

comment on function absurd._have_one_parent(absurd._picked) is
  'Whether the tasks are steps of one workflow behind one and the same step, as those of a fan-out are.';

create or replace function absurd._inputs_of_one(p_task_id uuid, p_workflow_id uuid, p_depth int)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
declare
  v_ancestor_ids uuid[] := array(select e.parent_id from absurd._edges_to(array[p_task_id]) as e);
  v_above uuid[];
begin
  if p_depth > 1 then
    -- One step by itself: very many parents may have the same few above them.
    v_above := array(select distinct e.parent_id from absurd._edges_to(v_ancestor_ids) as e);
    v_ancestor_ids := v_ancestor_ids || v_above;
    if p_depth > 2 and v_above <> '{}' then
      v_ancestor_ids := v_ancestor_ids || array(
        select g.task_id from absurd._grandparents(array_fill(1, array[cardinality(v_above)]), v_above) as g
      );
    end if;
  end if;
  return (
    select coalesce(jsonb_object_agg(
      case when t.workflow_id = p_workflow_id then t.step_name else t.task_id::text end, t.result
    ), '{}')
    from absurd.tasks as t
    where t.task_id = any (v_ancestor_ids) and t.state = 'completed'
  );
end;
$$;

comment on function absurd._inputs_of_one(uuid, uuid, int) is
  'The inputs of one task: what _inputs_of returns for many, in fewer words. p_depth is that of the task.';

drop function if exists absurd._inputs_of(uuid[], uuid[]);
create or replace function absurd._inputs_of(p_task_ids uuid[], p_workflow_ids uuid[], p_depth int)
returns table (task_id uuid, inputs jsonb)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_nestloop = off -- but for the look-ups, which can be nothing else
set enable_mergejoin = off
set enable_hashjoin = on -- which claims turn off
set enable_sort = off
as $$
#variable_conflict use_column
begin
  return query
    with families as materialized (
      -- Children of the same parents have the same ancestors, which are looked at once.
      select f.workflow_id, f.parent_ids, array_agg(f.task_id) as task_ids, row_number() over ()::int as family
      from (
        select c.task_id, c.workflow_id, coalesce(p.parent_ids, '{}') as parent_ids
        from unnest(p_task_ids, p_workflow_ids) as c (task_id, workflow_id)
        left join (
          select d.task_id, array_agg(d.parent_id order by d.parent_id) as parent_ids
          from absurd._edges_to(p_task_ids) as d
          group by d.task_id
        ) as p on p.task_id = c.task_id
      ) as f
      group by f.workflow_id, f.parent_ids
    ), parents as (
      select f.family, p.id as task_id
      from families as f
      cross join lateral unnest(f.parent_ids) as p (id)
    ), up as materialized (
      select p.family, p.task_id from parents as p
      union all
      select a.family, a.task_id
      from absurd._grandparents(
        array(select p.family from parents as p), array(select p.task_id from parents as p)
      ) as a
      where p_depth > 1
    ), results as materialized (
      select u.family, jsonb_object_agg(
        case when t.workflow_id = f.workflow_id then t.step_name else t.task_id::text end, t.result
      ) as inputs
      from up as u
      join families as f on f.family = u.family
      join (
        -- By an array: the planner takes the ancestors for very many, and would read all tasks for them.
        select p.task_id, p.workflow_id, p.step_name, p.result
        from absurd.tasks as p
        where p.task_id = any (array(select u.task_id from up as u)) and p.state = 'completed'
        offset 0
      ) as t on t.task_id = u.task_id
      group by u.family
    )
    select m.task_id, coalesce(r.inputs, '{}')
    from families as f
    left join results as r on r.family = f.family
    cross join lateral unnest(f.task_ids) as m (task_id);
end;
$$;

comment on function absurd._inputs_of(uuid[], uuid[], int) is
  'The inputs of tasks, each named with its workflow, p_depth being the greatest of their depths: results of all '
  'completed ancestors, by step name within that workflow, else by task id. One row for each task, in no order.';

create or replace function absurd._grandparents(p_families int[], p_parent_ids uuid[])
returns table (family int, task_id uuid)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
as $$
#variable_conflict use_column
begin
  return query
    with recursive parents as (
      select p.family, p.task_id from unnest(p_families, p_parent_ids) as p (family, task_id)
    ), up (family, task_id) as (
      -- One pass for those of all parents, of which one that joins may have very many.
      select distinct p.family, d.parent_id
      from absurd._edges_to(p_parent_ids) as d
      join parents as p on p.task_id = d.task_id
      union
      select u.family, d.parent_id
      from up as u
      cross join lateral absurd._edges_to(array[u.task_id]) as d
    )
    select up.family, up.task_id from up;
end;
$$;

comment on function absurd._grandparents(int[], uuid[]) is
  'All that stands above the parents of families, each once in a family. Apart from its caller, because a recursion sets '
  'a table of hashes up that is as large as statistics let the server guess, also where there is nothing to look at.';
