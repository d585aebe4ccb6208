-- Results that are too large for those who wait for them. Each is small, but very many may flow into one step.

create or replace function absurd._most_input_bytes()
returns int
language sql
immutable
as $$
  select 64 * 1024 * 1024;
$$;

comment on function absurd._most_input_bytes() is
  'A claim of several tasks hands out no more than so many bytes of inputs: its worker holds them all at once.';

create or replace function absurd._inputs_that_fit(
  p_picked absurd._picked,
  p_worker_id text,
  p_settings jsonb,
  p_now timestamptz
)
returns jsonb[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_inputs constant jsonb[] := coalesce(
    absurd._inputs_or_null(p_picked), absurd._inputs_or_null(absurd._first_picked(p_picked, 1))
  );
  v_size constant bigint := cardinality(v_inputs);
begin
  if v_inputs is null then
    perform absurd._refuse_inputs(absurd._first_picked(p_picked, 1), p_worker_id, p_settings, p_now);
  elsif v_size > 1 and pg_column_size(v_inputs) > absurd._most_input_bytes() then
    return v_inputs[1:greatest(1, v_size * absurd._most_input_bytes() / pg_column_size(v_inputs))];
  end if;
  return v_inputs;
end;
$$;

comment on function absurd._inputs_that_fit(absurd._picked, text, jsonb, timestamptz) is
  'Inputs of the first of the picked tasks, in their order: one at least, and not too many bytes together. Null where those '
  'of the first cannot be held in a value of the database: then that task has failed, and there is more to pick.';

create or replace function absurd._inputs_or_null(p_picked absurd._picked)
returns jsonb[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return absurd._inputs_in_order(p_picked);
exception
  when program_limit_exceeded then
    return null;
  when internal_error then
    if sqlerrm like '%memory alloc%' then -- as an array of all of them says it
      return null;
    end if;
    raise;
end;
$$;

comment on function absurd._inputs_or_null(absurd._picked) is
  'The inputs of tasks in their order; null where they are too large to be held.';

create or replace function absurd._first_picked(p_picked absurd._picked, p_size int)
returns absurd._picked
language sql
immutable
as $$
  select (
    p_picked.task_ids[1:p_size], p_picked.attempts[1:p_size], p_picked.queue_names[1:p_size],
    p_picked.task_names[1:p_size], p_picked.workflow_ids[1:p_size], p_picked.depths[1:p_size]
  )::absurd._picked;
$$;

comment on function absurd._first_picked(absurd._picked, int) is 'The first p_size of the tasks.';

create or replace function absurd._refuse_inputs(
  p_picked absurd._picked,
  p_worker_id text,
  p_settings jsonb,
  p_now timestamptz
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_ends absurd._attempt_end[];
begin
  perform absurd._tell_moved(p_picked, 'ready', 'claimed', jsonb_build_object('worker_id', p_worker_id), p_now);
  with claimed as (
    update absurd.tasks as t
    set state = 'claimed', status = 'claimed', attempt = t.attempt + 1, worker_id = p_worker_id, claimed_at = p_now,
      heartbeat_at = p_now, claimed_ahead = null, suspected_at = null, progress_fraction = null,
      progress_message = null, progress_at = null, lease_sec = s.lease_sec, heartbeat_sec = s.heartbeat_sec,
      max_retries = s.max_retries, timeout_sec = s.timeout_sec, backoff_base_sec = s.backoff_base_sec,
      backoff_cap_sec = s.backoff_cap_sec
    from absurd._terms_of(p_settings) as s
    where t.task_id = any (p_picked.task_ids)
    returning t.task_id, t.attempt
  )
  select array_agg((
    1, c.task_id, c.attempt, null::jsonb, '{}'::jsonb, 'inputs',
    'The results that flow into this task are too large together: a value of JSON holds 256 MB at most. Have the tasks '
      'before it return less, for example names of files',
    true, false, 'ok'
  )::absurd._attempt_end)
  into v_ends
  from claimed as c;
  perform absurd._lock_for_failure(v_ends);
  perform absurd._fail(v_ends, 'failed', p_now);
end;
$$;

comment on function absurd._refuse_inputs(absurd._picked, text, jsonb, timestamptz) is
  'Fails picked tasks for good whose inputs nobody could be given, as attempts of the worker that would have claimed them: '
  'otherwise no claim could go past them.';
