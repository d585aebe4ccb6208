-- What retention may take: how it looks for it, a bounded number of rows at a time, and the rule.

create or replace function absurd._prunable_among(p_task_ids uuid[], p_workflow_id uuid, p_before timestamptz)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
-- Without statistics reading whole tables looks cheap, and the plan is kept.
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return array(
    select t.task_id
    from absurd.tasks as t
    where t.task_id = any (p_task_ids)
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

comment on function absurd._prunable_among(uuid[], uuid, timestamptz) is
  'Those of the tasks that nothing needs any more; children in p_workflow_id do not count, because they would go with '
  'them.';

create or replace function absurd._is_prunable_workflow(p_workflow_id uuid, p_before timestamptz, p_held uuid[])
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_step_ids constant uuid[] := array(select t.task_id from absurd._steps_of(array[p_workflow_id]) as t);
begin
  if not exists (
    select
    from absurd.workflows as w
    where w.workflow_id = p_workflow_id and w.finished_at <= p_before
  ) then
    return false;
  elsif p_held is not null
    and exists (select s.id from unnest(v_step_ids) as s (id) except select h.id from unnest(p_held) as h (id)) then
    return false;
  end if;
  return cardinality(absurd._prunable_among(v_step_ids, p_workflow_id, p_before)) = cardinality(v_step_ids);
end;
$$;

comment on function absurd._is_prunable_workflow(uuid, timestamptz, uuid[]) is
  'Whether a workflow ended before p_before and nothing needs a step of it; with p_held, also whether each step is held.';

create or replace function absurd._look_at_workflows(
  p_after_id uuid,
  p_before timestamptz,
  p_now timestamptz,
  p_limit int,
  out workflow_ids uuid[],
  out last_id uuid
)
returns record
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
as $$
declare
  v_old uuid[];
  v_late uuid[];
  v_next uuid;
  v_workflow_id uuid;
  v_steps int;
  v_looked int := 0;
  v_found int := 0;
begin
  workflow_ids := '{}';
  select array_agg(n.workflow_id order by n.workflow_id) filter (where n.finished_at <= p_before),
    array_agg(n.workflow_id) filter (where n.finished_at > p_now + interval '1 day'),
    case when count(*) = 10 * p_limit then (array_agg(n.workflow_id order by n.workflow_id desc))[1] end
  into v_old, v_late, v_next
  from (
    select w.workflow_id, w.finished_at
    from absurd.workflows as w
    where w.workflow_id > p_after_id
    order by w.workflow_id
    limit 10 * p_limit
  ) as n;
  if v_late is not null then
    perform absurd._correct_workflows(v_late, p_now);
  end if;
  last_id := p_after_id;
  foreach v_workflow_id in array coalesce(v_old, '{}') loop
    v_steps := (select count(*) from absurd._steps_of(array[v_workflow_id]));
    -- One that is larger goes alone.
    if v_looked > 0 and (v_found + v_steps > p_limit or v_looked + v_steps > 10 * p_limit) then
      return;
    end if;
    if absurd._is_prunable_workflow(v_workflow_id, p_before, null) then
      workflow_ids := workflow_ids || v_workflow_id;
      v_found := v_found + v_steps;
    end if;
    v_looked := v_looked + v_steps;
    last_id := v_workflow_id;
  end loop;
  last_id := coalesce(v_next, absurd._first_id());
end;
$$;

comment on function absurd._look_at_workflows(uuid, timestamptz, timestamptz, int) is
  'Those of the next workflows after an id that may go, with p_limit steps together (or a single larger one), and the id '
  'that was looked at last, the first of all at the end. It looks at ten times p_limit workflows, and as many steps of '
  'old ones.';

create or replace function absurd._look_at_tasks(
  p_finished_at timestamptz,
  p_after_id uuid,
  p_before timestamptz,
  p_limit int,
  out task_ids uuid[],
  out last_finished_at timestamptz,
  out last_id uuid
)
returns record
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
declare
  v_size int;
  v_ids uuid[];
  v_times timestamptz[];
  v_found uuid[];
  v_last int;
begin
  task_ids := '{}';
  last_finished_at := p_finished_at;
  last_id := p_after_id;
  -- Mostly the first look finds enough, or is at the end. Those that ended at one moment are read together.
  foreach v_size in array array[p_limit, 9 * p_limit] loop
    select array_agg(n.task_id order by n.finished_at, n.task_id),
      array_agg(n.finished_at order by n.finished_at, n.task_id)
    into v_ids, v_times
    from (
      select t.task_id, t.finished_at
      from absurd.tasks as t
      where t.finished_at >= last_finished_at and t.finished_at <= p_before
        and (t.finished_at, t.task_id) > (last_finished_at, last_id)
      order by t.finished_at, t.task_id
      limit v_size
    ) as n;
    v_found := absurd._single_prunable(v_ids, p_before, p_limit - cardinality(task_ids));
    task_ids := task_ids || v_found;
    -- Behind the last one that it takes others may follow.
    v_last := case when cardinality(task_ids) = p_limit then array_position(v_ids, v_found[cardinality(v_found)])
      else cardinality(v_ids) end;
    if v_last is null or v_last < v_size and v_last = cardinality(v_ids) then
      last_finished_at := '-infinity';
      last_id := absurd._first_id();
      return;
    end if;
    last_finished_at := v_times[v_last];
    last_id := v_ids[v_last];
    exit when cardinality(task_ids) = p_limit;
  end loop;
end;
$$;

comment on function absurd._look_at_tasks(timestamptz, uuid, timestamptz, int) is
  'Up to p_limit single tasks that may go of the next ten times as many that ended, in the order in which they did, and '
  'which was looked at last; the beginning when the end was reached.';

create or replace function absurd._single_prunable(p_task_ids uuid[], p_before timestamptz, p_limit int)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_prunable constant uuid[] := absurd._prunable_among(array(
    select t.task_id from absurd.tasks as t where t.task_id = any (p_task_ids) and t.workflow_id is null
  ), null, p_before);
begin
  return array(
    select o.id
    from unnest(p_task_ids) with ordinality as o (id, nth)
    where o.id in (select p.id from unnest(v_prunable) as p (id))
    order by o.nth
    limit p_limit
  );
end;
$$;

comment on function absurd._single_prunable(uuid[], timestamptz, int) is
  'The first p_limit of the tasks, in their order, that belong to no workflow and that nothing needs any more.';

create or replace function absurd._lock_prunable(p_workflow_ids uuid[], p_task_ids uuid[])
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
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
    where t.task_id = any (p_task_ids || array(select s.task_id from absurd._steps_of(p_workflow_ids) as s))
    for update skip locked
  );
end;
$$;

comment on function absurd._lock_prunable(uuid[], uuid[]) is
  'Locks the steps of workflows and single tasks; never waits, so the order does not matter. Returns those that it got.';
