-- The status of workflows. It is worked out anew, under the lock of the workflow's row, at each event that can end or
-- re-open it: a completed step that released no child, a bad end, a cancellation, a retry.

create or replace function absurd._refresh_workflows(p_workflow_ids uuid[], p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
-- Without statistics reading whole tables looks cheap, and so does reading a whole workflow to sort what it has.
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
declare
  v_completed uuid[];
  v_freed uuid[];
  v_resumed uuid[];
begin
  if coalesce(cardinality(p_workflow_ids), 0) = 0 then
    return;
  end if;
  -- Of two last steps that finish together, the second waits here and then sees the first.
  perform absurd._lock_workflows(p_workflow_ids);

  with judged as materialized (
    select w.workflow_id, s.status
    from absurd.workflows as w
    cross join lateral absurd._workflow_status(w.workflow_id, w.cancelled_at is not null) as s
    where w.workflow_id = any (p_workflow_ids)
  ), changed as (
    update absurd.workflows as w
    set status = j.status,
      finished_at = case when j.status = 'running' then null else p_now end
    from judged as j
    where w.workflow_id = j.workflow_id and w.status <> j.status
    returning w.workflow_id, w.queue_name, w.name, w.status, w.key
  ), told as (
    insert into absurd.event_batches (created_at, kind, queue_name, workflow_id, status, detail)
    select p_now, 'workflow', c.queue_name, c.workflow_id, c.status, jsonb_build_object('name', c.name)
    from changed as c
    where c.queue_name <> all (array(select q.queue_name from absurd.queues as q where not q.keeps_events))
  )
  select
    coalesce(array_agg(c.workflow_id) filter (where c.status = 'completed'), '{}'),
    coalesce(array_agg(c.workflow_id) filter (where c.status in ('failed', 'cancelled')), '{}'),
    array_agg(c.workflow_id) filter (where c.status = 'running')
  into v_completed, v_freed, v_resumed
  from changed as c
  where c.key is not null;
  perform absurd._settle_keys(v_completed, v_freed, p_now);
  -- One that was stuck and can move again, as when a bad end lets a step go on that ignores it, has its key again,
  -- unless a newer one has taken it.
  perform absurd._retake_keys(s.task_id, p_now)
  from unnest(v_resumed) as r (workflow_id)
  cross join lateral (select t.task_id from absurd._steps_of(array[r.workflow_id]) as t limit 1) as s;
end;
$$;

comment on function absurd._refresh_workflows(uuid[], timestamptz) is
  'Sets the status of workflows from their steps. Callers have changed the steps already.';

create or replace function absurd._steps_of(p_workflow_ids uuid[])
returns setof absurd.tasks
language sql
stable
as $$
  select t.*
  from absurd.workflows as w
  cross join lateral (
    select s.*
    from absurd.tasks as s
    where s.task_id between w.first_step_id and w.last_step_id and s.workflow_id = w.workflow_id
    offset 0 -- one look-up each: for a join the planner guesses that a ninth of all tasks lies in between
  ) as t
  where w.workflow_id = any (p_workflow_ids);
$$;

comment on function absurd._steps_of(uuid[]) is
  'The steps of workflows, by the range of the primary key in which they lie: no index holds them by workflow.';

drop function if exists absurd._workflow_status(uuid, boolean);
create or replace function absurd._workflow_status(p_workflow_id uuid, p_cancelled boolean)
returns table (status text)
language sql
stable
as $$
  select coalesce(
    (
      -- Steps that are to be freed: one of them tells as much as the look at all. With the last of them this is asked
      -- again. By steps and not by their parent, which may be a task outside.
      select 'running'
      from absurd.workflows as w
      join absurd.freeing as f on f.first_id between w.first_step_id and w.last_step_id
      cross join lateral absurd._edges_between(f.parent_id, f.first_id, f.last_id) as e
      cross join lateral (
        select c.state from absurd.tasks as c where c.task_id = e.task_id and c.workflow_id = p_workflow_id offset 0
      ) as t
      where w.workflow_id = p_workflow_id and t.state = 'blocked'
      limit 1
    ),
    (
      -- Steps that are reserved instead of being freed, likewise: from the end, as they complete from the beginning.
      select 'running'
      from absurd.workflows as w
      join absurd.reservations as r on r.last_id between w.first_step_id and w.last_step_id
      cross join lateral generate_subscripts(r.task_ids, 1, true) as i (nth)
      cross join lateral (
        select c.state
        from absurd.tasks as c
        where c.task_id = r.task_ids[i.nth] and c.workflow_id = p_workflow_id
        offset 0
      ) as t
      where w.workflow_id = p_workflow_id and r.parent_id is not null and t.state = 'blocked'
      limit 1
    ),
    (
      -- Claims begin with the first, so one of the last says so most often, and spares the look at all. Of the last
      -- thousand only: the look at all, which tells the same, would otherwise come after one at as many.
      select 'running'
      from absurd.workflows as w
      cross join lateral ( -- not by _steps_of, which would read them all before the first is taken
        select t.state
        from absurd.tasks as t
        where t.task_id between w.first_step_id and w.last_step_id and t.workflow_id = w.workflow_id
        order by t.task_id desc
        limit 1000
      ) as s
      where w.workflow_id = p_workflow_id and s.state in ('ready', 'scheduled', 'claimed')
      limit 1
    ),
    (
      select case
        when bool_or(
          t.state in ('ready', 'scheduled', 'claimed') or t.state = 'blocked' and not absurd._is_stuck(t.task_id)
        ) then 'running'
        when bool_and(t.state = 'completed' or (t.state in ('failed', 'cancelled') and absurd._is_ignored(t.task_id)))
          then 'completed'
        when p_cancelled and bool_or(t.state = 'cancelled' and t.cause_task_id is null) then 'cancelled'
        else 'failed'
      end
      from absurd._steps_of(array[p_workflow_id]) as t
    )
  )
  offset 0; -- once, though its caller names it several times
$$;

comment on function absurd._workflow_status(uuid, boolean) is
  'running while a step can move without an operator; else completed when every step completed or is ignored; else '
  'cancelled when a user cancelled the workflow and not all of its steps were retried since; else failed.';

create or replace function absurd._is_stuck(p_task_id uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  with recursive up (task_id, state) as (
    select p_task_id, 'blocked'
    union
    select e.parent_id, e.parent_state from up cross join lateral absurd._open_edges(array[up.task_id]) as e
  )
  select exists (select from up where up.state in ('failed', 'cancelled'));
$$;

comment on function absurd._is_stuck(uuid) is
  'Whether a blocked task waits, directly or not, for one that ended badly (policy wait): only an operator can help.';

create or replace function absurd._is_ignored(p_task_id uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  -- Null without children: nobody said that the bad end of a last step may be ignored. Tasks outside that depend on the
  -- step have no say in how its workflow ended.
  select coalesce(bool_and(d.on_parent_failure = 'ignore'), false)
  from absurd.tasks as t
  cross join lateral absurd._edges_from(array[t.task_id]) as d
  join absurd.tasks as c on c.task_id = d.task_id and c.workflow_id = t.workflow_id
  where t.task_id = p_task_id;
$$;

comment on function absurd._is_ignored(uuid) is
  'Whether a step has children among the steps, and all of them ignore how it ended.';

create or replace function absurd._workflows_reached(p_task_ids uuid[])
returns uuid[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return (
    select array_agg(distinct t.workflow_id)
    from absurd.tasks as t
    where t.task_id = any (absurd._descendants(p_task_ids)) and t.workflow_id is not null
  );
end;
$$;

comment on function absurd._workflows_reached(uuid[]) is
  'The workflows of tasks and of all that wait for them: those whose status a bad end can change.';
