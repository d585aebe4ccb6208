-- Retrying by an operator, of a failed or cancelled task. Replaying a dead letter is the same operation.

create or replace function absurd.retry_task(p_task_id uuid)
returns text
language plpgsql
volatile
security definer
set search_path = ''
set jit = off
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_task absurd.tasks;
begin
  perform absurd._require_retriable(p_task_id);
  perform absurd._retake_keys(array[p_task_id], v_now);
  if absurd._reopen(array[p_task_id], v_now) = '{}' then
    perform absurd._require_retriable(p_task_id);
    perform absurd._raise('TQ006', format('A parent of task %s has ended badly', p_task_id), 'Retry the parent first.');
  end if;
  select t.* into v_task from absurd.tasks as t where t.task_id = p_task_id;
  return v_task.state;
end;
$$;

comment on function absurd.retry_task(uuid) is
  'Makes a failed or cancelled task pending again with failures = 0, and with it the tasks that were cancelled because of '
  'it. Returns its new state: ready, blocked or scheduled (a cancelled claim of it may still be dying). Raises TQ001, '
  'TQ004 (pending, claimed or completed, or its key is held by a newer task), TQ006 (a parent ended badly).';

create or replace function absurd._require_retriable(p_task_id uuid)
returns void
language plpgsql
stable
set search_path = ''
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

create or replace function absurd._key_rival(p_task_id uuid, p_now timestamptz)
returns uuid
language sql
stable
set search_path = ''
as $$
  select k.holder_id
  from absurd.tasks as t
  left join absurd.workflows as w on w.workflow_id = t.workflow_id
  join absurd.idempotency_keys as k
    on (k.kind = 'task' and k.queue_name = t.queue_name and k.key = t.key and k.holder_id <> t.task_id)
    or (k.kind = 'workflow' and k.queue_name = w.queue_name and k.key = w.key and k.holder_id <> w.workflow_id)
  where t.task_id = p_task_id and coalesce(k.free_at > p_now, true)
  limit 1;
$$;

comment on function absurd._key_rival(uuid, timestamptz) is
  'The newer task or workflow that took the key which this one (or its workflow) lost by failing; or null.';

create or replace function absurd._retake_keys(p_task_ids uuid[], p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_want record;
  v_holder_id uuid;
begin
  for v_want in
    select t.queue_name, 'task' as kind, t.key, t.task_id as holder_id
    from absurd.tasks as t
    where t.task_id = any (p_task_ids) and t.key is not null
    union
    select w.queue_name, 'workflow', w.key, w.workflow_id
    from absurd.workflows as w
    where w.key is not null
      and w.workflow_id in (select t.workflow_id from absurd.tasks as t where t.task_id = any (p_task_ids))
    order by 1, 2, 3
  loop
    v_holder_id := absurd._take_key(
      v_want.queue_name, v_want.kind, v_want.key, v_want.holder_id, null, null, p_now
    );
    if v_holder_id <> v_want.holder_id then
      perform absurd._raise(
        'TQ004',
        format('Key %s of queue %s is held by %s %s now', v_want.key, v_want.queue_name, v_want.kind, v_holder_id),
        'The newer one does the same work; cancel it first if this one is to run instead.'
      );
    end if;
  end loop;
end;
$$;

comment on function absurd._retake_keys(uuid[], timestamptz) is
  'Takes again the keys that tasks, or their workflows, lost by ending badly. Raises TQ004 when a newer holder has one.';
