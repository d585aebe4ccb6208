-- Retention: what ended long ago is forgotten, in batches that lock little and briefly. A workflow goes whole. Rows are
-- passed by when somebody holds them; the next call takes them.

create or replace function absurd.prune(p_older_than_sec double precision, p_limit int default 1000)
returns table (tasks int, workflows int, events int, keys int, workers int)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_before timestamptz;
  v_workflow_ids uuid[];
  v_task_ids uuid[];
begin
  if p_older_than_sec is null or p_older_than_sec not between 0 and 3155760000 then
    perform absurd._raise('22023', format('older_than_sec must be a number of seconds: %s', p_older_than_sec));
  end if;
  if p_limit is null or p_limit not between 1 and 10000 then
    perform absurd._raise('22023', format('limit must be a number from 1 to 10000: %s', p_limit));
  end if;
  perform absurd._require_read_committed();
  v_before := v_now - make_interval(secs => p_older_than_sec);

  v_workflow_ids := absurd._prunable_workflows(v_before, p_limit);
  v_task_ids := absurd._lock_prunable(v_workflow_ids, v_before, p_limit);
  -- Only now that they are held can nothing change about them: look again, in a statement that sees what did.
  v_workflow_ids := array(
    select w.id from unnest(v_workflow_ids) as w (id) where absurd._is_prunable_workflow(w.id, v_before, v_task_ids)
  );
  v_task_ids := array(
    select t.task_id
    from absurd.tasks as t
    where t.task_id = any (v_task_ids)
      and case
        when t.workflow_id is null then absurd._is_prunable(t.task_id, null, v_before)
        else t.workflow_id = any (v_workflow_ids)
      end
  );
  tasks := absurd._forget_tasks(v_task_ids);
  delete from absurd.workflows as w where w.workflow_id = any (v_workflow_ids);
  workflows := cardinality(v_workflow_ids);
  events := absurd._prune_events(v_before, p_limit);
  keys := absurd._prune_keys(v_now, p_limit);
  with gone as (
    delete from absurd.workers as w
    where w.worker_id in (
      select o.worker_id from absurd.workers as o where o.heartbeat_at < v_now - interval '1 day' for update skip locked
    )
    returning 1
  )
  select count(*)::int into workers from gone;
  delete from absurd.dying_claims as d
  where (d.task_id, d.attempt) in (
    select o.task_id, o.attempt from absurd.dying_claims as o where o.lease_ends_at <= v_before for update skip locked
  );
  return next;
end;
$$;

comment on function absurd.prune(double precision, int) is
  'Forgets what ended more than p_older_than_sec ago: tasks with their attempts, logs, edges and replayed dead letters, '
  'whole workflows, events, keys whose window has passed and whose holder is forgotten, and workers that have been silent '
  'for a day. Kept are tasks with a dead letter that waits, those cancelled because of one, and parents of tasks that '
  'have not completed. At most p_limit tasks and as many whole workflows a call (or one larger workflow); call again '
  'until tasks is 0. Returns how many of each are gone. Raises 22023, and 25001 outside READ COMMITTED.';

create or replace function absurd._is_prunable(p_task_id uuid, p_workflow_id uuid, p_before timestamptz)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return exists (
    select
    from absurd.tasks as t
    where t.task_id = p_task_id
      and t.finished_at <= p_before
      and not exists (
        select
        from absurd.dead_letters as d
        where d.replayed_at is null and d.task_id in (t.task_id, t.cause_task_id)
      )
      -- A child that has not completed may still be run, and would then miss its parent's result.
      and not exists (
        select
        from absurd._edges_from(array[t.task_id]) as d
        join absurd.tasks as c on c.task_id = d.task_id
        where c.state <> 'completed'
          and (p_workflow_id is null or c.workflow_id is distinct from p_workflow_id)
      )
  );
end;
$$;

comment on function absurd._is_prunable(uuid, uuid, timestamptz) is
  'Whether nothing needs a task any more; children in p_workflow_id do not count, because they would go with it.';

create or replace function absurd._is_prunable_workflow(p_workflow_id uuid, p_before timestamptz, p_held uuid[])
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
    from absurd.workflows as w
    where w.workflow_id = p_workflow_id and w.finished_at <= p_before
  ) and not exists (
    select
    from absurd._steps_of(array[p_workflow_id]) as t
    where not (absurd._is_prunable(t.task_id, p_workflow_id, p_before) and coalesce(t.task_id = any (p_held), true))
  );
end;
$$;

comment on function absurd._is_prunable_workflow(uuid, timestamptz, uuid[]) is
  'Whether a workflow ended before p_before and nothing needs a step of it; with p_held, also whether each step is held.';

create or replace function absurd._prunable_workflows(p_before timestamptz, p_limit int)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select w.workflow_id
    from (
      select f.workflow_id, f.steps, sum(f.steps) over (order by f.workflow_id) as so_far
      from (
        select w.workflow_id, (select count(*) from absurd._steps_of(array[w.workflow_id])) as steps
        from absurd.workflows as w
        where w.finished_at <= p_before and absurd._is_prunable_workflow(w.workflow_id, p_before, null)
        order by w.workflow_id
        limit p_limit
      ) as f
    ) as w
    where w.so_far <= p_limit or w.so_far = w.steps
  );
end;
$$;

comment on function absurd._prunable_workflows(timestamptz, int) is
  'The oldest workflows that may go, with p_limit steps together (or a single larger one).';

create or replace function absurd._lock_prunable(p_workflow_ids uuid[], p_before timestamptz, p_limit int)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform 1
  from absurd.workflows as w
  where w.workflow_id = any (p_workflow_ids)
  order by w.workflow_id
  for update skip locked;
  return array(
    select t.task_id
    from absurd.tasks as t
    where t.task_id = any (array(select s.task_id from absurd._steps_of(p_workflow_ids) as s))
    for update skip locked
  ) || array(
    select t.task_id
    from absurd.tasks as t
    where t.workflow_id is null and t.finished_at <= p_before and absurd._is_prunable(t.task_id, null, p_before)
    order by t.finished_at
    limit p_limit
    for update skip locked
  );
end;
$$;

comment on function absurd._lock_prunable(uuid[], timestamptz, int) is
  'Locks the steps of workflows and up to p_limit single tasks that may go; never waits, so the order does not matter. '
  'Returns those that it got.';
