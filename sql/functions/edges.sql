-- Edges between tasks: which there are, which are open, and what satisfies them.

create or replace function absurd._edges_from(p_parent_ids uuid[])
returns setof absurd.dependencies
language sql
stable
as $$
  select d.* from absurd.dependencies as d where d.parent_id = any (p_parent_ids) order by d.parent_id, d.task_id;
$$;

comment on function absurd._edges_from(uuid[]) is
  'The edges from tasks to their children. Both indexes of edges hold both ends, and on small tables one looks as good as '
  'the other; the order that is named here only the right one has. Callers forbid to sort, and to read the table.';

create or replace function absurd._edges_between(p_parent_id uuid, p_first_id uuid, p_last_id uuid)
returns setof absurd.dependencies
language sql
stable
as $$
  select d.*
  from absurd.dependencies as d
  where d.parent_id = any (array[p_parent_id]) and d.task_id between p_first_id and p_last_id
  order by d.parent_id, d.task_id;
$$;

comment on function absurd._edges_between(uuid, uuid, uuid) is
  'The edges from a task to some of its children, as _edges_from has those to all: a condition on what that returns would '
  'read them all.';

create or replace function absurd._edges_to(p_task_ids uuid[])
returns setof absurd.dependencies
language sql
stable
as $$
  select d.* from absurd.dependencies as d where d.task_id = any (p_task_ids) order by d.task_id, d.parent_id;
$$;

comment on function absurd._edges_to(uuid[]) is
  'The edges to tasks from their parents, as _edges_from has those to their children.';

create or replace function absurd._open_edges(p_task_ids uuid[])
returns table (task_id uuid, parent_id uuid, on_parent_failure text, parent_state text)
language sql
stable
as $$
  select d.task_id, d.parent_id, d.on_parent_failure, p.state
  from absurd._edges_to(p_task_ids) as d
  join absurd.tasks as p on p.task_id = d.parent_id
  where not d.satisfied and p.state <> 'completed';
$$;

comment on function absurd._open_edges(uuid[]) is
  'What tasks wait for: their edges that are not satisfied, each with its parent''s state.';

create or replace function absurd._satisfy_edges(
  p_parent_ids uuid[],
  p_ended_badly boolean,
  out child_ids uuid[],
  out edges int[],
  out parent_ids uuid[]
)
returns record
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
-- Without statistics reading whole tables looks cheap, and the plan is kept.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_sort = off
as $$
declare
  v_few constant int := 2 * absurd._free_at_once();
  v_count bigint;
begin
  parent_ids := '{}';
  if p_ended_badly then
    with satisfied as (
      update absurd.dependencies as d
      set satisfied = true
      from absurd._edges_from(p_parent_ids) as e
      where d.task_id = e.task_id and d.parent_id = e.parent_id
        and not e.satisfied and e.on_parent_failure = 'ignore'
      returning d.task_id
    )
    select array_agg(c.task_id), array_agg(c.edges)
    into child_ids, edges
    from (select s.task_id, count(*)::int as edges from satisfied as s group by s.task_id) as c;
  else
    -- Most often there are few: then nobody need ask who has many.
    select c.child_ids, c.edges, c.count
    into child_ids, edges, v_count
    from absurd._children_of(p_parent_ids, v_few + 1) as c;
    if v_count > v_few then
      parent_ids := array(
        select e.parent_id
        from absurd._edges_from(p_parent_ids) as e
        where not e.satisfied
        group by e.parent_id
        having count(*) > absurd._free_at_once()
      );
      select c.child_ids, c.edges
      into child_ids, edges
      from absurd._children_of(
        array(select p.id from unnest(p_parent_ids) as p (id) where p.id <> all (parent_ids)), null
      ) as c;
    end if;
  end if;
end;
$$;

comment on function absurd._satisfy_edges(uuid[], boolean) is
  'The children of ended tasks, with how many of their edges are satisfied now: all of them, as a task completes once, or '
  'after a bad end those whose policy is ignore, which are marked. Null for none. The children of those completed tasks '
  'that are named as parent_ids are not among them: these have very many.';

create or replace function absurd._children_of(p_parent_ids uuid[], p_limit int)
returns table (child_ids uuid[], edges int[], count bigint)
language sql
stable
as $$
  select array_agg(c.task_id), array_agg(c.edges), sum(c.edges)
  from (
    select e.task_id, count(*)::int as edges
    from (select d.task_id from absurd._edges_from(p_parent_ids) as d where not d.satisfied limit p_limit) as e
    group by e.task_id
  ) as c;
$$;

comment on function absurd._children_of(uuid[], int) is
  'The children that wait for tasks, each with how many of its edges come from them, of p_limit edges in all at most.';
