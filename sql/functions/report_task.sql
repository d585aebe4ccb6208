-- Reading tasks: the one place that says what a task document holds.

drop function if exists absurd._shown_state(text, text);
create or replace function absurd._shown_state(p_state text, p_queue_name text, p_task_name text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
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

create or replace function absurd._held_kinds(p_task_ids uuid[])
returns table (queue_name text, task_name text)
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
  select k.queue_name, k.task_name
  from (
    select distinct t.queue_name, t.task_name
    from absurd.tasks as t
    where t.task_id = any (p_task_ids) and t.state = 'ready'
    offset 0 -- the limits are looked at once for each kind, not for each task: that may count very many claims
  ) as k
  where absurd._shown_state('ready', k.queue_name, k.task_name) = 'held';
$$;

comment on function absurd._held_kinds(uuid[]) is
  'Queues and names of which ready tasks among these are held, as _shown_state says it: for lists of many tasks.';

drop function if exists absurd._task_document(absurd.tasks);
create or replace function absurd._task_document(p_task absurd.tasks, p_shown_state text)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
  select jsonb_build_object(
    'task_id', p_task.task_id,
    'queue_name', p_task.queue_name,
    'task_name', p_task.task_name,
    'status', p_task.status,
    'state', p_shown_state,
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
    'cause_task_id', p_task.cause_task_id,
    'depends_on', coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'task_id', p.task_id, 'task_name', p.task_name, 'step_name', p.step_name, 'status', p.status,
          'state', p.state, 'on_parent_failure', d.on_parent_failure
        )
        order by p.task_id
      )
      from absurd._edges_to(array[p_task.task_id]) as d
      cross join lateral (select t.* from absurd.tasks as t where t.task_id = d.parent_id offset 0) as p
    ), '[]')
  );
$$;

comment on function absurd._task_document(absurd.tasks, text) is
  'A task as reading functions show it, without its attempts; p_shown_state as _shown_state or _held_kinds tell it.';

create or replace function absurd._attempt_documents(p_task_id uuid)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(to_jsonb(a) - 'task_id' order by a.attempt), '[]')
  from absurd._attempts_of(p_task_id) as a;
$$;

comment on function absurd._attempt_documents(uuid) is 'All ended attempts of a task, in order.';

create or replace function absurd._dead_letter_document(p_task_id uuid, p_attempt int, p_with_attempts boolean)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
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

create or replace function absurd._child_documents(p_task_id uuid)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'task_id', c.task_id, 'task_name', c.task_name, 'step_name', c.step_name, 'status', c.status,
        'state', c.state, 'on_parent_failure', c.on_parent_failure
      )
      order by c.task_id
    ), '[]'
  )
  from (
    select t.task_id, t.task_name, t.step_name, t.status, t.state, d.on_parent_failure
    from absurd._edges_from(array[p_task_id]) as d
    cross join lateral (select c.* from absurd.tasks as c where c.task_id = d.task_id offset 0) as t
    order by t.task_id
    limit 100
  ) as c;
$$;

comment on function absurd._child_documents(uuid) is 'The first hundred tasks that depend on one, in order.';

create or replace function absurd.get_task(p_task_id uuid)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  select absurd._task_document(t, absurd._shown_state(t.state, t.queue_name, t.task_name)) || jsonb_build_object(
    'not_now_count', t.not_now_count,
    'backoff_base_sec', t.backoff_base_sec,
    'backoff_cap_sec', t.backoff_cap_sec,
    'dlq_enabled', t.dlq_enabled,
    'on_complete', t.on_complete,
    'attempts', absurd._attempt_documents(t.task_id),
    'children', absurd._child_documents(t.task_id)
  )
  from absurd.tasks as t
  where t.task_id = p_task_id;
$$;

comment on function absurd.get_task(uuid) is
  'A task with its settings, its parents, its ended attempts and its first hundred children; null when unknown.';

create or replace function absurd.list_tasks(p_filter jsonb default '{}', p_limit int default 50)
returns setof jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  with found as materialized (select i.task_id from absurd.list_task_ids(p_filter, p_limit) as i (task_id))
  select absurd._task_document(t, case when t.state = 'ready' and h.task_name is not null then 'held' else t.state end)
  from found as i
  join absurd.tasks as t on t.task_id = i.task_id
  left join absurd._held_kinds(array(select f.task_id from found as f)) as h
    on h.queue_name = t.queue_name and h.task_name = t.task_name
  order by t.task_id desc;
$$;

comment on function absurd.list_tasks(jsonb, int) is
  'Tasks, newest first, by a filter as list_task_ids has it. Raises 22023 for an unknown key.';
