-- Reading tasks: the one place that says what a task document holds.

drop function if exists absurd._shown_state(text, text);
create or replace function absurd._shown_state(p_state text, p_queue_name text, p_task_name text)
returns text
language sql
stable
set search_path = ''
as $$
  select case
    when p_state = 'ready' and (
      exists (select from absurd.queues as q where q.queue_name = p_queue_name and q.paused_at is not null)
      or absurd._is_full(p_queue_name, p_task_name, absurd.clock())
    ) then 'held'
    else p_state
  end;
$$;

comment on function absurd._shown_state(text, text, text) is
  'The state as people see it: a ready task is held while its queue is paused or one of its limits is reached.';

create or replace function absurd._task_document(p_task absurd.tasks)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'task_id', p_task.task_id,
    'queue_name', p_task.queue_name,
    'task_name', p_task.task_name,
    'status', p_task.status,
    'state', absurd._shown_state(p_task.state, p_task.queue_name, p_task.task_name),
    'params', p_task.params,
    'result', p_task.result,
    'error', p_task.error,
    'error_reason', p_task.error_reason,
    'priority', p_task.priority,
    'attempt', p_task.attempt,
    'failures', p_task.failures,
    'max_retries', p_task.max_retries,
    'timeout_sec', p_task.timeout_sec,
    'worker_id', p_task.worker_id,
    'workflow_id', p_task.workflow_id,
    'step_name', p_task.step_name,
    'key', p_task.key,
    'created_at', p_task.created_at,
    'run_at', p_task.run_at,
    'claimed_at', p_task.claimed_at,
    'heartbeat_at', p_task.heartbeat_at,
    'finished_at', p_task.finished_at,
    'progress', case when p_task.progress_at is not null then jsonb_build_object(
      'fraction', p_task.progress_fraction, 'message', p_task.progress_message, 'at', p_task.progress_at
    ) end,
    'cancel_reason', p_task.cancel_reason,
    'cause_task_id', p_task.cause_task_id
  ) || jsonb_build_object(
    'depends_on', coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'task_id', p.task_id, 'step_name', p.step_name, 'status', p.status, 'on_parent_failure', d.on_parent_failure
        )
        order by p.task_id
      )
      from absurd.dependencies as d
      join absurd.tasks as p on p.task_id = d.parent_id
      where d.task_id = p_task.task_id
    ), '[]')
  );
$$;

comment on function absurd._task_document(absurd.tasks) is 'A task as reading functions show it, without its attempts.';

create or replace function absurd._attempt_documents(p_task_id uuid)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(to_jsonb(a) - 'task_id' order by a.attempt), '[]')
  from absurd.attempts as a
  where a.task_id = p_task_id;
$$;

comment on function absurd._attempt_documents(uuid) is 'All ended attempts of a task, in order.';

create or replace function absurd._dead_letter_document(p_task_id uuid, p_attempt int, p_with_attempts boolean)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'task_id', d.task_id,
    'queue_name', d.queue_name,
    'task_name', d.task_name,
    'workflow_id', t.workflow_id,
    'step_name', t.step_name,
    'error', d.error,
    'error_reason', d.error_reason,
    'failures', d.failures,
    'attempt', d.attempt,
    'failed_at', d.failed_at,
    'replayed_at', d.replayed_at,
    'params', t.params
  ) || case when p_with_attempts then jsonb_build_object('attempts', absurd._attempt_documents(d.task_id)) else '{}' end
  from absurd.dead_letters as d
  join absurd.tasks as t on t.task_id = d.task_id
  where d.task_id = p_task_id and d.attempt = p_attempt;
$$;

comment on function absurd._dead_letter_document(uuid, int, boolean) is 'A dead letter as reading functions show it.';

create or replace function absurd.get_task(p_task_id uuid)
returns jsonb
language sql
stable
security definer
set search_path = ''
set jit = off
as $$
  select absurd._task_document(t) || jsonb_build_object('attempts', absurd._attempt_documents(t.task_id))
  from absurd.tasks as t
  where t.task_id = p_task_id;
$$;

comment on function absurd.get_task(uuid) is 'A task with its parents and its ended attempts; null when unknown.';

create or replace function absurd.list_tasks(p_filter jsonb default '{}', p_limit int default 50)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
set jit = off
as $$
declare
  v_filter constant jsonb := jsonb_strip_nulls(coalesce(p_filter, '{}'));
begin
  perform absurd._check_keys(v_filter, array[
    'task_ids', 'queue_name', 'task_name', 'status', 'state', 'workflow_id', 'worker_id', 'key', 'before'
  ], 'The filter');
  return query
    select absurd._task_document(t)
    from absurd.tasks as t
    where (not v_filter ? 'task_ids' or t.task_id in (
        select i.id::uuid from jsonb_array_elements_text(v_filter -> 'task_ids') as i (id)
      ))
      and (not v_filter ? 'queue_name' or t.queue_name = v_filter ->> 'queue_name')
      and (not v_filter ? 'task_name' or t.task_name = v_filter ->> 'task_name')
      and (not v_filter ? 'status' or t.status = v_filter ->> 'status')
      and (not v_filter ? 'state' or absurd._shown_state(t.state, t.queue_name, t.task_name) = v_filter ->> 'state')
      and (not v_filter ? 'workflow_id' or t.workflow_id = (v_filter ->> 'workflow_id')::uuid)
      and (not v_filter ? 'worker_id' or t.worker_id = v_filter ->> 'worker_id')
      and (not v_filter ? 'key' or t.key = v_filter ->> 'key')
      and (not v_filter ? 'before' or t.task_id < (v_filter ->> 'before')::uuid)
    order by t.task_id desc
    limit p_limit;
end;
$$;

comment on function absurd.list_tasks(jsonb, int) is
  'Tasks, newest first: filter {task_ids, queue_name, task_name, status, state, workflow_id, worker_id, key, before (the '
  'last id of the page before)}. Raises 22023 for an unknown key.';
