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
  out edges int[]
)
returns record
language plpgsql
volatile
set search_path = ''
set plan_cache_mode = force_generic_plan
-- Without statistics reading whole tables looks cheap, and the plan is kept.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_sort = off
as $$
begin
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
    select array_agg(c.task_id), array_agg(c.edges)
    into child_ids, edges
    from (
      select d.task_id, count(*)::int as edges
      from absurd._edges_from(p_parent_ids) as d
      where not d.satisfied
      group by d.task_id
    ) as c;
  end if;
end;
$$;

comment on function absurd._satisfy_edges(uuid[], boolean) is
  'The children of ended tasks, with how many of their edges are satisfied now: all of them, as a task completes '
  'once, or after a bad end those whose policy is ignore, which are marked. Null for none.';
