-- What an end of a task does to its children. Callers hold the locks of the parents and of all that the end can reach.

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
set search_path = pg_catalog, pg_temp
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
set search_path = pg_catalog, pg_temp
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
