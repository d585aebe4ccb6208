-- What an end of a task does to its children. Callers hold the locks of the parents and of all that the end can reach.

drop function if exists absurd._free_children(uuid[], boolean, timestamptz);
create or replace function absurd._free_children(
  p_parent_ids uuid[],
  p_ended_badly boolean,
  p_may_wait boolean,
  p_now timestamptz
)
returns uuid[]
language plpgsql
volatile
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_children constant record := absurd._satisfy_edges(p_parent_ids, p_ended_badly);
  v_some_are_dying constant boolean := exists (select from absurd.dying_claims);
  v_queue_names text[];
  v_workflow_ids uuid[];
begin
  if v_children.child_ids is null then
    return '{}';
  end if;
  if p_may_wait then
    perform absurd._lock_tasks(v_children.child_ids);
  else
    perform absurd._lock_late_tasks(v_children.child_ids);
  end if;
  with moved as (
    update absurd.tasks as t
    set open_parents = t.open_parents - c.edges,
      state = case
        when t.open_parents > c.edges then 'blocked'
        when greatest(t.run_at, c.not_before) > p_now then 'scheduled'
        else 'ready'
      end,
      run_at = case when t.open_parents > c.edges then t.run_at else greatest(t.run_at, c.not_before) end
    from (
      -- As _runs_from tells it, which would look at each task once more.
      select u.task_id, u.edges, greatest(p_now, case when v_some_are_dying then (
        select max(d.lease_ends_at) from absurd.dying_claims as d where d.task_id = u.task_id
      ) end) as not_before
      from unnest(v_children.child_ids, v_children.edges) as u (task_id, edges)
      offset 0
    ) as c
    where t.task_id = c.task_id and t.state = 'blocked'
    returning t.queue_name, t.task_name, t.workflow_id, t.state
  ), alike as (
    select m.queue_name, m.task_name, m.workflow_id, m.state, count(*) as size
    from moved as m
    where m.state <> 'blocked'
    group by m.queue_name, m.task_name, m.workflow_id, m.state
  ), counted as (
    insert into absurd.task_counts (queue_name, task_name, state, change)
    select a.queue_name, a.task_name, s.state, sum(s.sign * a.size)
    from alike as a
    cross join lateral (values ('blocked', -1), (a.state, 1)) as s (state, sign)
    group by a.queue_name, a.task_name, s.state
  )
  select
    array_agg(distinct a.queue_name) filter (where a.state = 'ready'),
    coalesce(array_agg(distinct a.workflow_id) filter (where a.workflow_id is not null), '{}')
  into v_queue_names, v_workflow_ids
  from alike as a;
  perform absurd._wake_workers(v_queue_names, p_now);
  return v_workflow_ids;
end;
$$;

comment on function absurd._free_children(uuid[], boolean, boolean, timestamptz) is
  'Counts the edges from ended tasks to their children, and frees the children that nothing blocks any longer: counts '
  'them, and wakes workers. Callers hold the locks of the parents, so nobody opens a child again meanwhile, and may wait '
  'for those of the children (all are deeper than what they hold), or hold them but for late ones. Returns the workflows '
  'of which it freed a step. An edge counts once, whoever finishes last.';

drop function if exists absurd._runs_from(uuid, timestamptz);
create or replace function absurd._runs_from(p_task_id uuid, p_now timestamptz)
returns table (run_at timestamptz)
language sql
stable
as $$
  select greatest(
    t.run_at, p_now, (select max(d.lease_ends_at) from absurd.dying_claims as d where d.task_id = t.task_id)
  )
  from absurd.tasks as t
  where t.task_id = p_task_id
  offset 0; -- one look-up each, wherever the planner puts this in
$$;

comment on function absurd._runs_from(uuid, timestamptz) is
  'When a task that nothing else holds back may run: not before its time, and not while a cancelled claim of it may '
  'still have processes.';

create or replace function absurd._cascade(p_roots uuid[], p_now timestamptz)
returns uuid[]
language plpgsql
volatile
set search_path = ''
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_frontier uuid[] := p_roots;
  v_cancelled uuid[] := '{}';
begin
  loop
    perform absurd._lock_late_tasks(array(
      select d.task_id
      from absurd._edges_from(v_frontier) as d
      where not d.satisfied and d.on_parent_failure = 'cancel'
    ));
    with hit as (
      select distinct on (d.task_id)
        d.task_id, p.task_name as parent_name, p.status as parent_status,
        coalesce(p.cause_task_id, p.task_id) as cause_task_id
      from absurd._edges_from(v_frontier) as d
      join absurd.tasks as p on p.task_id = d.parent_id
      where not d.satisfied and d.on_parent_failure = 'cancel'
      order by d.task_id, p.depth, p.task_id
    ), gone as (
      update absurd.tasks as t
      set state = 'cancelled',
        status = 'cancelled',
        finished_at = p_now,
        cancel_reason = format('Parent %s %s', hit.parent_name,
          case hit.parent_status when 'failed' then 'failed' else 'was cancelled' end),
        cause_task_id = hit.cause_task_id
      from hit
      where t.task_id = hit.task_id and t.state = 'blocked'
      returning t.task_id, t.queue_name, t.task_name
    ), counted as (
      insert into absurd.task_counts (queue_name, task_name, state, change)
      select g.queue_name, g.task_name, s.state, sum(s.change)
      from gone as g
      cross join (values ('blocked', -1), ('cancelled', 1)) as s (state, change)
      group by g.queue_name, g.task_name, s.state
    )
    select coalesce(array_agg(g.task_id), '{}') into v_frontier from gone as g;
    exit when v_frontier = '{}';
    v_cancelled := v_cancelled || v_frontier;
  end loop;
  return v_cancelled;
end;
$$;

comment on function absurd._cascade(uuid[], timestamptz) is
  'Cancels the children of tasks that ended badly, along edges whose policy is cancel, down the graph; each gets the '
  'root cause. Returns the cancelled ones.';

create or replace function absurd._settle_bad_ends(p_roots uuid[], p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = ''
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_bad uuid[];
begin
  v_bad := p_roots || absurd._cascade(p_roots, p_now);
  perform absurd._free_children(v_bad, true, false, p_now);
  perform absurd._publish(v_bad, '{}', p_now);
  perform absurd._refresh_workflows(absurd._workflows_reached(v_bad), p_now);
  insert into absurd.dead_letters (task_id, attempt, queue_name, task_name, error, error_reason, failures, failed_at)
  select t.task_id, t.attempt, t.queue_name, t.task_name, t.error, t.error_reason, t.failures, p_now
  from absurd.tasks as t
  where t.task_id = any (p_roots) and t.state = 'failed' and t.dlq_enabled;
  perform absurd._settle_keys('{}', v_bad, p_now);
end;
$$;

comment on function absurd._settle_bad_ends(uuid[], timestamptz) is
  'All that follows from tasks having just failed for good or been cancelled: children, workflows, dead letters, keys, '
  'events. Callers have locked _descendants(p_roots).';
