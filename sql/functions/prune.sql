-- Retention: what ended long ago is forgotten, in batches that lock little and briefly. A workflow goes whole. Rows are
-- passed by when somebody holds them; a later call takes them.
--
-- What has to be kept may be much more than what may go, and stands first. So a call looks at a bounded number of rows,
-- and the next one goes on behind them (table retention), until the end is reached and a new round begins: what has
-- become free meanwhile is found then.

drop function if exists absurd.prune(double precision, int);
create or replace function absurd.prune(p_older_than_sec double precision, p_limit int default 1000)
returns table (tasks int, workflows int, events int, keys int, workers int, ended text[])
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_before timestamptz;
  v_mark absurd.retention;
  v_workflow_ids uuid[];
  v_task_ids uuid[];
  v_single_ids uuid[];
begin
  perform absurd._require_age(p_older_than_sec);
  if p_limit is null or p_limit not between 1 and 10000 then
    perform absurd._raise('22023', format('limit must be a number from 1 to 10000: %s', p_limit));
  end if;
  perform absurd._require_read_committed();
  v_before := v_now - make_interval(secs => p_older_than_sec);
  v_mark := absurd._take_mark(p_older_than_sec, v_now);

  perform absurd._correct_ends(v_now, p_limit);
  perform absurd._correct_keys(v_now, p_limit);
  select l.workflow_ids, l.last_id into v_workflow_ids, v_mark.workflow_id
  from absurd._look_at_workflows(v_mark.workflow_id, v_before, v_now, p_limit) as l;
  select l.task_ids, l.last_finished_at, l.last_id into v_single_ids, v_mark.task_finished_at, v_mark.task_id
  from absurd._look_at_tasks(v_mark.task_finished_at, v_mark.task_id, v_before, p_limit) as l;
  v_task_ids := absurd._lock_prunable(v_workflow_ids, v_single_ids);
  -- Only now that they are held can nothing change about them: look again, in a statement that sees what did.
  v_workflow_ids := array(
    select w.id from unnest(v_workflow_ids) as w (id) where absurd._is_prunable_workflow(w.id, v_before, v_task_ids)
  );
  v_task_ids := array(
    select t.task_id
    from absurd.tasks as t
    where t.task_id = any (v_task_ids) and t.workflow_id = any (v_workflow_ids)
  ) || absurd._prunable_among(array(
    select t.task_id from absurd.tasks as t where t.task_id = any (v_task_ids) and t.workflow_id is null
  ), null, v_before);
  tasks := absurd._forget_tasks(v_task_ids);
  delete from absurd.workflows as w where w.workflow_id = any (v_workflow_ids);
  workflows := cardinality(v_workflow_ids);
  events := absurd._prune_events(v_before, p_limit);
  keys := absurd._forget_keys(v_task_ids || v_workflow_ids, v_now);
  select keys + l.count, l.last_free_at, l.last_holder_id into keys, v_mark.key_free_at, v_mark.key_holder_id
  from absurd._prune_keys(v_mark.key_free_at, v_mark.key_holder_id, v_now, p_limit) as l;
  v_mark.run_id := absurd._prune_schedule_runs(v_mark.run_id, v_before, p_limit);
  workers := absurd._forget_workers(v_now);
  delete from absurd.dying_claims as d
  where (d.task_id, d.attempt) in (
    select o.task_id, o.attempt from absurd.dying_claims as o where o.lease_ends_at <= v_before for update skip locked
  );
  ended := absurd._keep_mark(v_mark, v_now);
  return next;
end;
$$;

comment on function absurd.prune(double precision, int) is
  'Forgets what ended more than p_older_than_sec ago: tasks with their attempts, logs, edges and replayed dead letters, '
  'whole workflows, events, keys whose window has passed and whose holder is forgotten, what schedules did whose work is '
  'forgotten, and workers that have been silent for a day. Kept are tasks with a dead letter that waits, those cancelled '
  'because of one, and parents of tasks that have not completed. At most p_limit tasks and as many whole workflows a call '
  '(or one larger workflow), and it looks at ten times as many rows of each kind; the next call for the same age goes on '
  'from there. ended: of which kinds (tasks, workflows, keys) it has come to the end, so that the next call begins anew; '
  'all may have gone once each of them has ended twice while nothing was forgotten. Returns how many of each are gone. '
  'Raises 22023, and 25001 outside READ COMMITTED.';

create or replace function absurd._require_age(p_older_than_sec double precision)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_older_than_sec is null or p_older_than_sec not between 0 and 3155760000 then
    perform absurd._raise('22023', format('older_than_sec must be a number of seconds: %s', p_older_than_sec));
  end if;
end;
$$;

comment on function absurd._require_age(double precision) is 'Raises 22023 for an age that retention cannot have.';

create or replace function absurd._take_mark(p_older_than_sec double precision, p_now timestamptz)
returns absurd.retention
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_mark absurd.retention;
begin
  select r.* into v_mark
  from absurd.retention as r
  where r.older_than_sec = p_older_than_sec
  for no key update skip locked;
  -- Whoever inserts the same row would be waited for, but for this lock.
  if not found and pg_try_advisory_xact_lock(hashtextextended('absurd retention ' || p_older_than_sec, 0)) then
    insert into absurd.retention (older_than_sec, used_at)
    values (p_older_than_sec, p_now)
    on conflict (older_than_sec) do nothing
    returning * into v_mark;
  end if;
  if v_mark.older_than_sec is null then
    -- Somebody else has it, and will move it: what he holds is passed by, and whatever else is there can go.
    select r.* into v_mark from absurd.retention as r where r.older_than_sec = p_older_than_sec;
    if not found then
      v_mark := (
        p_older_than_sec, null, '-infinity', absurd._first_id(), absurd._first_id(), '-infinity', absurd._first_id(),
        absurd._first_id()
      );
    end if;
    v_mark.used_at := null;
  end if;
  return v_mark;
end;
$$;

comment on function absurd._take_mark(double precision, timestamptz) is
  'How far retention has looked for an age, locked for the caller; used_at is null where somebody else has it.';

create or replace function absurd._first_id()
returns uuid
language sql
immutable
as $$
  select '00000000-0000-0000-0000-000000000000'::uuid;
$$;

comment on function absurd._first_id() is 'An id before all others: where a round of retention begins.';

create or replace function absurd._keep_mark(p_mark absurd.retention, p_now timestamptz)
returns text[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Who could not move it must not go round and round.
  if p_mark.used_at is null then
    return '{tasks,workflows,keys}';
  end if;
  update absurd.retention as r
  set used_at = p_now,
    task_finished_at = p_mark.task_finished_at,
    task_id = p_mark.task_id,
    workflow_id = p_mark.workflow_id,
    key_free_at = p_mark.key_free_at,
    key_holder_id = p_mark.key_holder_id,
    run_id = p_mark.run_id
  where r.older_than_sec = p_mark.older_than_sec;
  delete from absurd.retention as r
  where r.older_than_sec in (
    select o.older_than_sec
    from absurd.retention as o
    where o.used_at not between p_now - interval '30 days' and p_now + interval '30 days'
    for update skip locked
  );
  return array_remove(array[
    case when p_mark.task_id = absurd._first_id() then 'tasks' end,
    case when p_mark.workflow_id = absurd._first_id() then 'workflows' end,
    case when p_mark.key_holder_id = absurd._first_id() then 'keys' end
  ], null);
end;
$$;

comment on function absurd._keep_mark(absurd.retention, timestamptz) is
  'Moves the mark of an age, and forgets those of ages that nobody asks for any more. Returns of which kinds the end was '
  'reached.';
