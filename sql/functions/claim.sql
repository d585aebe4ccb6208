-- Claiming. Only ready tasks stand in the index that this reads, so the cost depends neither on history nor on what is
-- scheduled or blocked. The commit of a claim must reach the disk: if a crash could undo one, the next claim of the
-- task would get the same attempt number, and the fencing token would name two runs.

drop function if exists absurd.claim_tasks(text, text[], int, text[], jsonb);
create or replace function absurd.claim_tasks(
  p_worker_id text,
  p_queue_names text[],
  p_limit int,
  p_task_names text[] default null,
  p_settings jsonb default '{}'
)
returns table (
  task_id uuid, queue_name text, task_name text, attempt int, params jsonb, inputs jsonb, workflow_id uuid,
  step_name text, priority int, failures int, max_retries int, timeout_sec double precision, claimed_at timestamptz,
  stands_alone boolean
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
set enable_seqscan = off -- for the same reason as in _pick
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := absurd.clock();
  v_at_once int;
  v_picked absurd._picked;
  v_inputs jsonb[];
  v_stages jsonb; -- null where they have no settings of their own
begin
  if not absurd._is_plain_claim(p_worker_id, p_queue_names, p_limit, p_settings) then
    perform absurd._check_claim(p_worker_id, p_queue_names, p_limit, p_settings);
    v_stages := p_settings -> 'stages';
  end if;
  v_at_once := p_limit - coalesce((p_settings ->> 'ahead')::numeric::int, 0);
  v_picked := absurd._find_ready(p_queue_names, p_limit, v_at_once, p_task_names, p_settings, v_now);
  if v_picked.task_ids is null then
    return;
  end if;
  perform absurd._tell_moved(v_picked, 'ready', 'claimed', jsonb_build_object('worker_id', p_worker_id), v_now);
  if 0 < any (v_picked.depths) then
    v_inputs := absurd._inputs_in_order(v_picked);
  end if;
  -- One look-up after the other, so the rows come in the order of the array. From an array and not from the query that
  -- picks: its number of rows is unknown when the statement is planned, and a wrong guess would join the whole table.
  return query
    update absurd.tasks as t
    set state = 'claimed', status = 'claimed', attempt = t.attempt + 1, worker_id = p_worker_id, claimed_at = v_now,
      heartbeat_at = v_now, claimed_ahead = case when p.nth > v_at_once then true end,
      suspected_at = null, progress_fraction = null, progress_message = null, progress_at = null,
      lease_sec = s.lease_sec, heartbeat_sec = s.heartbeat_sec,
      -- The task's own setting, else its stage's, else the worker's.
      max_retries = coalesce(
        (t.settings -> 'max_retries')::numeric::int, (v_stages -> t.task_name -> 'max_retries')::numeric::int,
        s.max_retries
      ),
      timeout_sec = coalesce(
        (t.settings -> 'timeout_sec')::float8, (v_stages -> t.task_name -> 'timeout_sec')::float8, s.timeout_sec
      ),
      backoff_base_sec = coalesce(
        (t.settings -> 'backoff_base_sec')::float8, (v_stages -> t.task_name -> 'backoff_base_sec')::float8,
        s.backoff_base_sec
      ),
      backoff_cap_sec = coalesce(
        (t.settings -> 'backoff_cap_sec')::float8, (v_stages -> t.task_name -> 'backoff_cap_sec')::float8,
        s.backoff_cap_sec
      ),
      on_complete = v_stages -> t.task_name ->> 'on_complete'
    from absurd._terms_of(p_settings) as s
    cross join unnest(v_picked.task_ids, v_inputs) with ordinality as p (task_id, inputs, nth)
    where t.task_id = p.task_id
    returning
      t.task_id, t.queue_name, t.task_name, t.attempt, t.params, coalesce(p.inputs, '{}'), t.workflow_id, t.step_name,
      t.priority, t.failures, t.max_retries, t.timeout_sec, v_now,
      t.depth = 0 and t.workflow_id is null and t.key is null and t.on_complete is null;
end;
$$;

comment on function absurd.claim_tasks(text, text[], int, text[], jsonb) is
  'Claims up to p_limit ready tasks of the queues for a worker: higher priority first, then age; only those named by '
  'p_task_names unless null. p_settings {lease_sec, heartbeat_sec, wait_sec, defaults, stages} holds the settings of the '
  'worker and of its stages by task name {max_retries, timeout_sec, backoff_base_sec, backoff_cap_sec, on_complete}; the '
  'effective ones are written to the row. wait_sec (60) says for how long the worker sleeps at most when it gets less '
  'than p_limit: until then tasks that become ready are notified. Its {ahead} says how many of p_limit will wait in the '
  'worker for a place: none of those is claimed where a limit applies, and one that is lost before its first beat counts '
  'no failure. The attempt returned is the fencing token of all that follows. inputs holds the results of all ancestors; '
  'stands_alone tells that no workflow, parent, key or sink hangs on the task, as complete_claims wants to know. Claims '
  'of more than 50 tasks of the same queues follow one another; one whose line does not move takes 50 at most. Raises '
  '22023.';

create or replace function absurd.claim_task(p_worker_id text, p_queue_name text, p_settings jsonb default '{}')
returns table (
  task_id uuid,
  queue_name text,
  task_name text,
  attempt int,
  params jsonb,
  inputs jsonb,
  workflow_id uuid,
  step_name text,
  priority int,
  failures int,
  max_retries int,
  timeout_sec double precision,
  claimed_at timestamptz
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
    select
      c.task_id, c.queue_name, c.task_name, c.attempt, c.params, c.inputs, c.workflow_id, c.step_name, c.priority,
      c.failures, c.max_retries, c.timeout_sec, c.claimed_at
    from absurd.claim_tasks(p_worker_id, array[p_queue_name], 1, null, p_settings) as c;
end;
$$;

comment on function absurd.claim_task(text, text, jsonb) is
  'Claims one task of a queue, or none: the single form of claim_tasks.';
