-- How deep the steps of a graph stand, which is the order of their locks.

create or replace function absurd._depths(p_base int[], p_children int[], p_parents int[])
returns int[]
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_depths int[] := p_base;
  v_edge int;
begin
  if exists (select from unnest(p_children, p_parents) as e (child, parent) where e.parent > e.child) then
    return absurd._depths_in_any_order(p_base, p_children, p_parents);
  end if;
  -- All name parents before children: in the order of the edges, by parent, all that leads to one comes before it.
  for v_edge in 1..cardinality(p_children) loop
    if v_depths[p_children[v_edge]] <= v_depths[p_parents[v_edge]] then
      v_depths[p_children[v_edge]] := v_depths[p_parents[v_edge]] + 1;
    end if;
  end loop;
  return v_depths;
end;
$$;

comment on function absurd._depths(int[], int[], int[]) is
  'Longest path from a root for each step, from p_base on; null for steps in a cycle or behind one. Edges come by parent.';

create or replace function absurd._depths_in_any_order(p_base int[], p_children int[], p_parents int[])
returns int[]
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
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
  -- Kahn's topological order: linear in steps and edges.
  for v_edge in reverse cardinality(p_children)..1 loop
    v_waiting[p_children[v_edge]] := v_waiting[p_children[v_edge]] + 1;
    v_first[p_parents[v_edge]] := v_edge;
  end loop;
  v_queue := array(select w.step::int from unnest(v_waiting) with ordinality as w (count, step) where w.count = 0);
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
    select case when w.count = 0 then v_depths[w.step] end
    from unnest(v_waiting) with ordinality as w (count, step)
    order by w.step
  );
end;
$$;

comment on function absurd._depths_in_any_order(int[], int[], int[]) is
  'What _depths says, for steps that stand in any order, cycles included.';
