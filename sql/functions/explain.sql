-- Why a task does not run. Each reason is {kind, …facts}; the words are the command line's.

create or replace function absurd.explain_task(p_task_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_task absurd.tasks;
  v_reasons jsonb[];
begin
  select t.* into v_task from absurd.tasks as t where t.task_id = p_task_id;
  if not found then
    return null;
  end if;
  if v_task.finished_at is not null then
    v_reasons := absurd._why_ended(v_task, v_now);
  elsif v_task.state = 'claimed' then
    v_reasons := absurd._why_claimed(v_task, v_now);
  else
    v_reasons := absurd._why_reserved(v_task);
    if v_reasons = '{}' then
      v_reasons := absurd._why_early(v_task, v_now) || absurd._why_held(v_task, v_now);
      v_reasons := v_reasons || absurd._why_alone(v_task, v_reasons = '{}', v_now);
    end if;
  end if;
  return jsonb_build_object(
    'task_id', v_task.task_id,
    'task_name', v_task.task_name,
    'queue_name', v_task.queue_name,
    'status', v_task.status,
    'state', absurd._shown_state(v_task.state, v_task.queue_name, v_task.task_name),
    'reasons', to_jsonb(array(
      select jsonb_strip_nulls(r.reason || absurd._way_out(r.reason))
      from unnest(v_reasons) with ordinality as r (reason, item)
      order by r.item
    ))
  );
end;
$$;

comment on function absurd.explain_task(uuid) is
  'What holds a task back, as {task_id, task_name, queue_name, status, state, reasons [{kind, …}]}; null when unknown. '
  'Kinds: parent, ancestor (whose bad end blocks), freeing (a parent with very many children has completed), time, '
  'backoff, dying, paused, limit, not_offered, turn, reserved, running, silent, expired, completed, failed, cancelled '
  '(held_by a newer one that has its key, if so). Each '
  'says whether it ends_by_itself, and is freed_by which '
  'functions of this schema, called by an operator (or, for register_worker, by a worker that offers the task).';

create or replace function absurd._way_out(p_reason jsonb)
returns jsonb
language sql
immutable
as $$
  select jsonb_build_object('ends_by_itself', w.ends_by_itself, 'freed_by', w.freed_by)
  from (
    select p_reason ->> 'kind' as kind, p_reason ->> 'status' in ('failed', 'cancelled') as is_bad
  ) as r
  cross join lateral (
    select
      case
        when r.kind = 'parent' then not r.is_bad
        when r.kind = 'limit' then p_reason ->> 'max_claims' <> '0'
        else r.kind in ('freeing', 'time', 'backoff', 'dying', 'turn', 'reserved', 'running', 'silent', 'expired')
      end,
      case
        when r.kind = 'parent' and r.is_bad then '{retry_task,unblock_tasks}'
        when r.kind = 'ancestor' and p_reason ->> 'dead_letter' = 'true' then '{replay_dead_letters}'
        when p_reason #>> '{held_by,free_at}' is not null then '{}'
        when p_reason #>> '{held_by,kind}' = 'task' then '{cancel_task}'
        when p_reason #>> '{held_by,kind}' = 'workflow' then '{cancel_workflow}'
        when r.kind in ('ancestor', 'failed', 'cancelled') then '{retry_task}'
        when r.kind = 'dying' then '{acknowledge_tasks}'
        when r.kind = 'paused' then '{resume_queue}'
        when r.kind = 'limit' then '{set_limit}'
        when r.kind = 'not_offered' then '{register_worker}'
        when r.kind = 'turn' then '{set_priority}'
        when r.kind = 'silent' then '{recover_claims}'
        else '{}'
      end::text[]
  ) as w (ends_by_itself, freed_by);
$$;

comment on function absurd._way_out(jsonb) is 'Whether a reason passes by itself, and which functions would end it.';

drop function if exists absurd._why_ended(absurd.tasks);

create or replace function absurd._why_ended(p_task absurd.tasks, p_now timestamptz)
returns jsonb[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return array[jsonb_build_object(
    'kind', p_task.state,
    'at', p_task.finished_at,
    'error', p_task.error,
    'error_reason', p_task.error_reason,
    'failures', nullif(p_task.failures, 0),
    'max_retries', case when p_task.state = 'failed' then p_task.max_retries end,
    'dead_letter', case when p_task.state = 'failed' then exists (
      select from absurd.dead_letters as d where d.task_id = p_task.task_id and d.replayed_at is null
    ) end,
    'cancel_reason', p_task.cancel_reason,
    'cause_task_id', p_task.cause_task_id,
    'cause_task_name', (select t.task_name from absurd.tasks as t where t.task_id = p_task.cause_task_id),
    'cause_error', (select t.error from absurd.tasks as t where t.task_id = p_task.cause_task_id),
    'held_by', case when p_task.state in ('failed', 'cancelled') then (
      select jsonb_build_object('kind', k.kind, 'id', k.holder_id, 'key', k.key, 'free_at', k.free_at,
        'status', coalesce(
          (select t.status from absurd.tasks as t where k.kind = 'task' and t.task_id = k.holder_id),
          (select w.status from absurd.workflows as w where k.kind = 'workflow' and w.workflow_id = k.holder_id)
        ))
      from absurd._newer_holders(p_task.task_id, p_now) as k
      limit 1
    ) end
  )];
end;
$$;

comment on function absurd._why_ended(absurd.tasks, timestamptz) is
  'How a task ended, what it was cancelled by, and which newer one holds its key, so that it cannot be retried.';

create or replace function absurd._why_claimed(p_task absurd.tasks, p_now timestamptz)
returns jsonb[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_lease_ends_at constant timestamptz := p_task.heartbeat_at + make_interval(secs => p_task.lease_sec);
  v_deadline constant timestamptz := p_task.claimed_at + make_interval(secs => p_task.timeout_sec);
begin
  return array[jsonb_build_object(
    'kind', case
      when absurd._is_overdue(p_task.heartbeat_at, p_task.lease_sec, p_now) then 'silent'
      when v_deadline <= p_now then 'expired'
      else 'running'
    end,
    'worker_id', p_task.worker_id,
    'attempt', p_task.attempt,
    'claimed_at', p_task.claimed_at,
    'heartbeat_at', p_task.heartbeat_at,
    'lease_ends_at', v_lease_ends_at,
    'deadline_at', v_deadline
  )];
end;
$$;

comment on function absurd._why_claimed(absurd.tasks, timestamptz) is
  'Who runs a task; silent when its lease has ended, expired when it is over its time limit.';

create or replace function absurd._why_early(p_task absurd.tasks, p_now timestamptz)
returns jsonb[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return array(
    select jsonb_build_object('kind', 'parent', 'task_id', p.task_id, 'task_name', p.task_name,
      'step_name', p.step_name, 'status', p.status, 'state', p.state, 'on_parent_failure', d.on_parent_failure)
    from absurd._open_edges(array[p_task.task_id]) as d
    join absurd.tasks as p on p.task_id = d.parent_id
    order by p.depth, p.task_id
  ) || array(
    select jsonb_build_object('kind', 'freeing', 'task_id', p.task_id, 'task_name', p.task_name)
    from absurd.freeing as f
    join absurd._edges_to(array[p_task.task_id]) as d on d.parent_id = f.parent_id
    join absurd.tasks as p on p.task_id = d.parent_id
    where p_task.task_id between f.first_id and f.last_id and not d.satisfied
    order by p.task_id
  ) || array(
    select jsonb_build_object('kind', 'ancestor', 'task_id', a.task_id, 'task_name', a.task_name, 'status', a.status,
      'error', a.error, 'dead_letter', exists (
        select from absurd.dead_letters as l where l.task_id = a.task_id and l.replayed_at is null
      ))
    from unnest(absurd._bad_ancestors(p_task.task_id)) as a
    order by a.depth, a.task_id
  ) || array(
    select jsonb_build_object('kind', 'dying', 'attempt', d.attempt, 'worker_id', d.worker_id,
      'until_at', d.lease_ends_at)
    from absurd.dying_claims as d
    where d.task_id = p_task.task_id and d.lease_ends_at > p_now
  ) || case
    when p_task.run_at <= p_now then '{}'
    when p_task.failures > 0 or p_task.not_now_count > 0 then array[jsonb_build_object(
      'kind', 'backoff', 'until_at', p_task.run_at, 'failures', p_task.failures, 'max_retries', p_task.max_retries,
      'not_now_count', nullif(p_task.not_now_count, 0), 'error', p_task.error
    )]
    when p_task.state = 'scheduled' then array[jsonb_build_object('kind', 'time', 'until_at', p_task.run_at)]
    else '{}'
  end;
end;
$$;

comment on function absurd._why_early(absurd.tasks, timestamptz) is
  'Reasons for which a task is not ready: parents, ancestors that ended badly, a dying claim, its time.';

create or replace function absurd._bad_ancestors(p_task_id uuid)
returns absurd.tasks[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return array(
    with recursive up (task_id) as (
      select e.parent_id from absurd._open_edges(array[p_task_id]) as e
      union
      select e.parent_id from up cross join lateral absurd._open_edges(array[up.task_id]) as e
    )
    select t
    from up
    join absurd.tasks as t on t.task_id = up.task_id
    where t.state in ('failed', 'cancelled')
  );
end;
$$;

comment on function absurd._bad_ancestors(uuid) is 'Tasks that ended badly and that this one waits for, directly or not.';
