-- Cancelling. The status changes at once; the processes of a claimed task are ended by its worker, which is told.

create or replace function absurd.cancel_task(p_task_id uuid, p_reason text default null)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_status text;
begin
  perform absurd._lock_with_reservations(array[p_task_id]);
  select t.status into v_status from absurd.tasks as t where t.task_id = p_task_id;
  if v_status is null then
    perform absurd._raise('TQ001', format('Task not found: %s', p_task_id));
  elsif v_status in ('completed', 'failed') then
    perform absurd._raise('TQ004', format('Task %s is %s already', p_task_id, v_status),
      'Only a pending or claimed task can be cancelled.');
  elsif v_status <> 'cancelled' then
    perform absurd._cancel(array[p_task_id], p_reason, v_now);
  end if;
  return v_status;
end;
$$;

comment on function absurd.cancel_task(uuid, text) is
  'Cancels a pending or claimed task, and what depends on it (edges of policy cancel). Returns the status it had; no '
  'error when it was cancelled before. Raises TQ001, TQ004 (completed or failed).';

create or replace function absurd.cancel_workflow(p_workflow_id uuid, p_reason text default null)
returns int
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_status text;
  v_open uuid[];
begin
  perform absurd._lock_with_reservations(array(
    select t.task_id from absurd._steps_of(array[p_workflow_id]) as t
  ));
  perform absurd._lock_workflows(p_workflow_id || absurd._workflows_reached(array(
    select t.task_id from absurd._steps_of(array[p_workflow_id]) as t
  )));
  select w.status into v_status from absurd.workflows as w where w.workflow_id = p_workflow_id;
  if not found then
    perform absurd._raise('TQ008', format('Workflow not found: %s', p_workflow_id));
  end if;
  v_open := array(
    select t.task_id
    from absurd._steps_of(array[p_workflow_id]) as t
    where t.status in ('pending', 'claimed')
  );
  if v_open = '{}' then
    if v_status <> 'cancelled' then
      perform absurd._raise('TQ004', format('Workflow %s is %s already', p_workflow_id, v_status));
    end if;
    return 0;
  end if;
  update absurd.workflows as w
  set cancelled_at = v_now,
    cancel_reason = p_reason
  where w.workflow_id = p_workflow_id;
  perform absurd._cancel(v_open, p_reason, v_now);
  return cardinality(v_open);
end;
$$;

comment on function absurd.cancel_workflow(uuid, text) is
  'Cancels all steps of a workflow that have not ended; returns how many. Raises TQ008 (unknown) and TQ004 (nothing is '
  'left to cancel).';

create or replace function absurd._cancel(p_task_ids uuid[], p_reason text, p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  perform absurd._let_die(array(
    select t.task_id from absurd.tasks as t where t.task_id = any (p_task_ids) and t.state = 'claimed'
  ), 'cancelled', p_reason, p_now);
  perform absurd._count_states(p_task_ids, -1);
  update absurd.tasks as t
  set state = 'cancelled',
    status = 'cancelled',
    finished_at = p_now,
    cancel_reason = coalesce(p_reason, 'Cancelled by a user'),
    suspected_at = null
  where t.task_id = any (p_task_ids);
  perform absurd._count_states(p_task_ids, 1);
  perform absurd._settle_bad_ends(p_task_ids, p_now);
end;
$$;

comment on function absurd._cancel(uuid[], text, timestamptz) is
  'Cancels locked tasks that have not ended, for a user. The claims of running ones stay on record until their '
  'processes are known to be gone.';

create or replace function absurd._let_die(p_claimed uuid[], p_outcome text, p_reason text, p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_claimed = '{}' then
    return;
  end if;
  perform absurd._keep_attempts(
    array(
      select (
        0, t.task_id, t.attempt, null::jsonb, '{}'::jsonb, p_outcome, p_reason, false, false, 'ok'
      )::absurd._attempt_end
      from absurd.tasks as t
      where t.task_id = any (p_claimed)
    ), p_outcome, p_now
  );
  insert into absurd.dying_claims (task_id, attempt, queue_name, task_name, worker_id, lease_sec, lease_ends_at)
  select t.task_id, t.attempt, t.queue_name, t.task_name, t.worker_id, t.lease_sec,
    t.heartbeat_at + make_interval(secs => t.lease_sec)
  from absurd.tasks as t
  where t.task_id = any (p_claimed);
  perform absurd._notify_claims(array(select t.worker_id from absurd.tasks as t where t.task_id = any (p_claimed)));
end;
$$;

comment on function absurd._let_die(uuid[], text, text, timestamptz) is
  'Ends the claims of locked tasks for an operator, with outcome cancelled or released: writes the attempts, keeps the '
  'claims on record until their processes are known to be gone, and tells the workers.';
