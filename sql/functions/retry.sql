-- Retrying by an operator, of a failed or cancelled task. Replaying a dead letter is the same operation.

create or replace function absurd.retry_task(p_task_id uuid)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_task absurd.tasks;
begin
  perform absurd._require_retriable(p_task_id);
  if absurd._reopen(array[p_task_id], v_now) = '{}' then
    perform absurd._require_retriable(p_task_id);
    perform absurd._require_key(p_task_id, v_now);
    perform absurd._raise('TQ006', format('A parent of task %s has ended badly', p_task_id), 'Retry the parent first.');
  end if;
  select t.* into v_task from absurd.tasks as t where t.task_id = p_task_id;
  return v_task.state;
end;
$$;

comment on function absurd.retry_task(uuid) is
  'Makes a failed or cancelled task pending again with failures = 0, and with it the tasks that were cancelled because of '
  'it. Returns its new state: ready, blocked or scheduled (a cancelled claim of it may still be dying). Raises TQ001, '
  'TQ004 (pending, claimed or completed, or its key is held by a newer task), TQ006 (a parent ended badly), 40001 (the '
  'graph grew, or somebody is taking the key, right now: call again).';

create or replace function absurd._require_retriable(p_task_id uuid)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_status text;
begin
  select t.status into v_status from absurd.tasks as t where t.task_id = p_task_id;
  if not found then
    perform absurd._raise('TQ001', format('Task not found: %s', p_task_id));
  elsif v_status not in ('failed', 'cancelled') then
    perform absurd._raise('TQ004', format('Task %s is %s', p_task_id, v_status),
      'Only a failed or cancelled task can be retried.');
  end if;
end;
$$;

comment on function absurd._require_retriable(uuid) is 'Raises TQ001 or TQ004 unless the task failed or was cancelled.';

create or replace function absurd._require_key(p_task_id uuid, p_now timestamptz)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key record;
begin
  select k.queue_name, k.kind, k.key, k.holder_id
  into v_key
  from absurd._wanted_keys(array[p_task_id]) as n
  join absurd.idempotency_keys as k on k.queue_name = n.queue_name and k.kind = n.kind and k.key = n.key
  where k.holder_id <> n.holder_id and coalesce(k.free_at > p_now, true);
  if found then
    perform absurd._raise(
      'TQ004',
      format('Key %s of queue %s is held by %s %s now', v_key.key, v_key.queue_name, v_key.kind, v_key.holder_id),
      'The newer one does the same work; cancel it first if this one is to run instead.'
    );
  end if;
end;
$$;

comment on function absurd._require_key(uuid, timestamptz) is
  'Raises TQ004 when a newer one holds the key that this task (or its workflow) lost by ending badly.';

create or replace function absurd._wanted_keys(p_task_ids uuid[])
returns table (queue_name text, kind text, key text, holder_id uuid)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select t.queue_name, 'task', t.key, t.task_id
  from absurd.tasks as t
  where t.task_id = any (p_task_ids) and t.key is not null
  union
  select w.queue_name, 'workflow', w.key, w.workflow_id
  from absurd.tasks as t
  join absurd.workflows as w on w.workflow_id = t.workflow_id
  where t.task_id = any (p_task_ids) and w.key is not null;
$$;

comment on function absurd._wanted_keys(uuid[]) is 'The keys that tasks and their workflows were spawned with.';

create or replace function absurd._with_keys(p_task_ids uuid[])
returns uuid[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select array(
    select t.task_id
    from absurd.tasks as t
    left join absurd.workflows as w on w.workflow_id = t.workflow_id
    where t.task_id = any (p_task_ids) and coalesce(t.key, w.key) is not null
    order by t.task_id
  );
$$;

comment on function absurd._with_keys(uuid[]) is 'Those of the tasks that want keys (_wanted_keys): of thousands, few do.';

drop function if exists absurd._lock_keys(uuid[]);

drop function if exists absurd._retake_keys(uuid[], timestamptz);

create or replace function absurd._retake_keys(p_task_id uuid, p_now timestamptz)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
-- Our tasks are locked by now, and a spawn takes keys before tasks: to wait for its key could be a deadlock.
set lock_timeout = '1ms'
as $$
declare
  v_want record;
begin
  for v_want in select n.* from absurd._wanted_keys(array[p_task_id]) as n order by n.queue_name, n.kind, n.key loop
    if absurd._take_key(v_want.queue_name, v_want.kind, v_want.key, v_want.holder_id, null, null, p_now)
      <> v_want.holder_id then
      return false;
    end if;
    -- A workflow that had completed but for a step that all ignore is within its window, which begins anew.
    update absurd.idempotency_keys as k
    set free_at = null
    where k.queue_name = v_want.queue_name and k.kind = v_want.kind and k.key = v_want.key and k.free_at is not null;
  end loop;
  return true;
exception
  when lock_not_available then
    perform absurd._raise('40001', format('A key of task %s is being taken by another call', p_task_id), 'Call again.');
end;
$$;

comment on function absurd._retake_keys(uuid, timestamptz) is
  'Takes again the key that a task, or its workflow, lost by ending badly; false when a newer one holds it. Raises 40001 '
  'instead of waiting for somebody who is taking it now.';
