-- Re-opening tasks that ended badly, down the graph.

create or replace function absurd._reopen(p_roots uuid[], p_now timestamptz)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_expected uuid[];
  v_candidates uuid[];
  v_reopened uuid[] := '{}';
  v_level uuid[];
  v_depth int;
begin
  v_expected := array(
    select t.task_id from absurd.tasks as t where t.task_id = any (p_roots) or t.cause_task_id = any (p_roots)
  );
  -- Parents as well: who completes one looks at its edges before it holds the children.
  perform absurd._lock_tasks(absurd._descendants(v_expected) || array(
    select e.parent_id from absurd._edges_to(v_expected) as e
  ));
  v_candidates := array(
    select t.task_id
    from absurd.tasks as t
    where (t.task_id = any (p_roots) and t.state in ('failed', 'cancelled')) or t.cause_task_id = any (p_roots)
  );
  if not v_candidates <@ v_expected then
    perform absurd._raise('40001', 'The graph of tasks grew meanwhile', 'Call again.');
  end if;
  -- Parents first, as each is judged by how its parents stand by then.
  for v_depth in
    select distinct t.depth from absurd.tasks as t where t.task_id = any (v_candidates) order by t.depth
  loop
    v_level := array(
      select t.task_id from absurd.tasks as t where t.task_id = any (v_candidates) and t.depth = v_depth
    );
    v_reopened := v_reopened || absurd._reopen_level(v_level, p_now);
  end loop;

  perform absurd._publish(v_reopened, v_reopened, p_now);
  perform absurd._refresh_workflows(absurd._workflows_reached(v_reopened), p_now);
  -- A step that was opened but cannot move leaves its workflow as it was, which then has no right to its key.
  perform absurd._settle_keys('{}', array(
    select w.workflow_id
    from absurd.workflows as w
    where w.key is not null
      and w.status in ('failed', 'cancelled')
      and w.workflow_id in (select t.workflow_id from absurd.tasks as t where t.task_id = any (v_reopened))
  ), p_now);
  with waiting as materialized (
    select d.task_id, d.attempt
    from absurd.dead_letters as d
    where d.task_id = any (v_reopened) and d.replayed_at is null
    order by d.task_id, d.attempt
    for update
  )
  update absurd.dead_letters as d
  set replayed_at = p_now
  from waiting as w
  where d.task_id = w.task_id and d.attempt = w.attempt;
  return array(select r.task_id from unnest(v_reopened) as r (task_id) where r.task_id = any (p_roots));
end;
$$;

comment on function absurd._reopen(uuid[], timestamptz) is
  'Makes failed or cancelled tasks pending again, and the tasks that were cancelled because of them, unless another '
  'parent forbids it or a newer task holds their key. Marks their dead letters replayed. Returns those of p_roots that are open again.';

create or replace function absurd._reopen_level(p_task_ids uuid[], p_now timestamptz)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_allowed uuid[];
  v_rivalled uuid[] := '{}';
  v_task_id uuid;
  v_opening uuid[];
begin
  perform absurd._blame_other_parents(p_task_ids);
  v_allowed := array(
    select t.task_id
    from absurd.tasks as t
    where t.task_id = any (p_task_ids) and not exists (
      select
      from absurd._edges_to(array[t.task_id]) as d
      join absurd.tasks as p on p.task_id = d.parent_id
      where d.on_parent_failure = 'cancel' and p.state in ('failed', 'cancelled')
    )
    order by t.task_id
  );
  foreach v_task_id in array absurd._with_keys(v_allowed) loop
    if not absurd._retake_keys(v_task_id, p_now) then
      v_rivalled := v_rivalled || v_task_id;
    end if;
  end loop;
  -- The newer one does the same work. Once it is out of the way, an operator may retry this one for its own sake.
  update absurd.tasks as t
  set cause_task_id = null,
    cancel_reason = 'Its key is held by a newer task'
  where t.task_id = any (v_rivalled) and t.state = 'cancelled';

  -- Only of what opens: the edges of what stays closed say how things were when it ended.
  v_opening := array(select l.task_id from unnest(v_allowed) as l (task_id) where l.task_id <> all (v_rivalled));
  update absurd.dependencies as d
  set satisfied = absurd._is_satisfied(p.state, d.on_parent_failure)
  from absurd._edges_to(v_opening) as e
  join absurd.tasks as p on p.task_id = e.parent_id
  where d.task_id = e.task_id and d.parent_id = e.parent_id
    and d.satisfied <> absurd._is_satisfied(p.state, d.on_parent_failure);

  perform absurd._count_states(v_opening, -1);
  update absurd.tasks as t
  set state = case when e.open > 0 then 'blocked' when n.run_at > p_now then 'scheduled' else 'ready' end,
    status = 'pending',
    open_parents = e.open,
    run_at = n.run_at,
    failures = 0,
    not_now_count = 0,
    finished_at = null,
    error = null,
    error_reason = null,
    cancel_reason = null,
    cause_task_id = null
  from unnest(v_opening) as l (task_id)
  cross join lateral (
    select count(*) filter (where not d.satisfied)::int as open
    from absurd._edges_to(array[l.task_id]) as d
  ) as e
  cross join lateral absurd._runs_from(l.task_id, p_now) as n
  where t.task_id = l.task_id;
  perform absurd._count_states(v_opening, 1);
  return v_opening;
end;
$$;

comment on function absurd._reopen_level(uuid[], timestamptz) is
  'Re-opens locked tasks of one depth after looking at all their in-edges again; returns those that it re-opened.';

create or replace function absurd._blame_other_parents(p_task_ids uuid[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  update absurd.tasks as t
  set cause_task_id = f.cause_task_id
  from (
    select distinct on (d.task_id) d.task_id, coalesce(p.cause_task_id, p.task_id) as cause_task_id
    from absurd._edges_to(p_task_ids) as d
    join absurd.tasks as p on p.task_id = d.parent_id
    where d.on_parent_failure = 'cancel' and p.state in ('failed', 'cancelled')
    order by d.task_id, p.depth, p.task_id
  ) as f
  where t.task_id = f.task_id and t.state = 'cancelled' and t.cause_task_id is not null;
end;
$$;

comment on function absurd._blame_other_parents(uuid[]) is
  'One that a bad parent still forbids stays cancelled, now because of that one.';
