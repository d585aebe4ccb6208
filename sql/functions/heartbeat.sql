-- Leases. A beat never waits for a lock: a row that somebody holds just now is ending or being ended, and the verdict
-- comes from what is committed.

drop function if exists absurd.heartbeat_worker(text, jsonb);
create or replace function absurd.heartbeat_worker(p_worker_id text, p_claims jsonb, p_info jsonb default null)
returns table (task_id uuid, attempt int, verdict text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := absurd.clock();
  v_told record;
begin
  update absurd.workers as w set heartbeat_at = v_now where w.worker_id = p_worker_id;
  if not found and p_info is not null then
    perform absurd.register_worker(p_worker_id, p_info);
  end if;
  if p_claims is null or p_claims = '[]' then
    return;
  end if;
  v_told := absurd._read_told(p_claims::json);
  with beating as materialized (
    select t.task_id
    from unnest(v_told.task_ids, v_told.attempts) as c (task_id, attempt)
    join absurd.tasks as t on t.task_id = c.task_id and t.attempt = c.attempt
    where t.status = 'claimed'
    order by t.depth, t.task_id
    for no key update of t skip locked
  )
  update absurd.tasks as t
  set heartbeat_at = v_now,
    suspected_at = null
  from beating as b
  where t.task_id = b.task_id;

  -- While the processes of a cancelled claim are being ended, its task stays out of reach; once the lease has ended it
  -- may have been given to somebody, and stays within reach.
  with dying as materialized (
    select d.task_id, d.attempt
    from unnest(v_told.task_ids, v_told.attempts) as c (task_id, attempt)
    join absurd.dying_claims as d on d.task_id = c.task_id and d.attempt = c.attempt
    where d.lease_ends_at > v_now
    for update of d skip locked
  )
  update absurd.dying_claims as d
  set lease_ends_at = v_now + make_interval(secs => d.lease_sec)
  from dying as y
  where d.task_id = y.task_id and d.attempt = y.attempt;

  return query
    select c.task_id, c.attempt, v.verdict
    from unnest(v_told.task_ids, v_told.attempts) with ordinality as c (task_id, attempt, item)
    left join absurd.tasks as t on t.task_id = c.task_id
    cross join lateral (
      select case
        when (t.attempt = c.attempt) is not true then 'lost'
        when t.state = 'cancelled' then 'cancelled'
        when t.state <> 'claimed' then 'lost'
        when t.claimed_at + make_interval(secs => t.timeout_sec) <= v_now then 'expired'
      end as verdict
    ) as v
    where v.verdict is not null
    order by c.item;
end;
$$;

comment on function absurd.heartbeat_worker(text, jsonb, jsonb) is
  'The beat of a worker for itself and all its claims [{task_id, attempt}]. Returns only claims that are not fine: lost '
  '(no longer this worker''s; also those that name none), cancelled, or expired (past the time limit). With p_info, as '
  'register_worker takes it, a worker that is not known (any more) is registered. Never raises for one claim.';

create or replace function absurd.heartbeat_task(p_task_id uuid, p_attempt int)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_now constant timestamptz := absurd.clock();
begin
  update absurd.tasks as t
  set heartbeat_at = v_now,
    suspected_at = null
  where t.task_id = p_task_id and t.attempt = p_attempt and t.state = 'claimed';
  if not found then
    perform absurd._raise_not_claimed(p_task_id, p_attempt);
  end if;
end;
$$;

comment on function absurd.heartbeat_task(uuid, int) is
  'The beat of one claim. Raises TQ001 for an unknown task and TQ002 when the attempt is not the live claim.';

create or replace function absurd.report_progress(p_items json)
returns table (task_id uuid, attempt int, verdict text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := absurd.clock();
  v_told constant record := absurd._read_told(p_items);
  v_queue_names text[];
begin
  with item as materialized (
    select distinct on (t.task_id)
      t.task_id, t.progress_at as told_at, left(c.item ->> 'message', 1000) as message,
      -- Cut before it becomes a number of another kind, which holds less.
      round(least(greatest(
        case when jsonb_typeof(c.item -> 'fraction') = 'number' then (c.item -> 'fraction')::numeric end, 0
      ), 1), 20)::float8 as fraction
    from unnest(v_told.task_ids, v_told.attempts, v_told.items) as c (task_id, attempt, item)
    join absurd.tasks as t on t.task_id = c.task_id and t.attempt = c.attempt
    where t.state = 'claimed'
  ), held as materialized (
    select t.task_id from absurd.tasks as t
    where t.task_id in (select i.task_id from item as i) and t.state = 'claimed'
    order by t.depth, t.task_id
    for no key update skip locked
  ), moved as (
    update absurd.tasks as t
    set progress_fraction = i.fraction,
      progress_message = i.message,
      progress_at = v_now,
      heartbeat_at = v_now,
      suspected_at = null
    from held as h
    join item as i on i.task_id = h.task_id
    where t.task_id = h.task_id
    returning t.task_id, t.queue_name, t.task_name, t.workflow_id, t.attempt, i.told_at, i.fraction, i.message
  ), told as (
    insert into absurd.event_batches (
      created_at, kind, queue_name, task_id, task_name, workflow_id, attempt, status, detail
    )
    select v_now, 'progress', m.queue_name, m.task_id, m.task_name, m.workflow_id, m.attempt, 'claimed',
      jsonb_strip_nulls(jsonb_build_object('fraction', m.fraction, 'message', m.message))
    from moved as m
    -- At most one a second and task: the last one told was in an earlier second.
    where (m.told_at is null or date_trunc('second', m.told_at) < date_trunc('second', v_now))
      and m.queue_name <> all (array(select q.queue_name from absurd.queues as q where not q.keeps_events))
    returning event_batches.queue_name
  )
  select array_agg(distinct t.queue_name) into v_queue_names from told as t;
  perform absurd._wake_readers(v_queue_names, v_now);
  return query select l.* from absurd._not_live(v_told.task_ids, v_told.attempts) as l;
end;
$$;

comment on function absurd.report_progress(json) is
  'Tells how far claims are: items {task_id, attempt, fraction, message}; counts as a beat. Returns the items that are not '
  'live claims: lost (also those that name none) or cancelled. Never raises for one item.';

create or replace function absurd._read_told(p_items json, out task_ids uuid[], out attempts int[], out items jsonb[])
returns record
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  select array_agg(c.task_id order by i.item), array_agg(c.attempt order by i.item), array_agg(i.value order by i.item)
  into task_ids, attempts, items
  from absurd._read_items(p_items, 'The items') as i
  cross join lateral absurd._named_claim(i.value) as c;
end;
$$;

comment on function absurd._read_told(json) is 'What is told of claims, as arrays, with the claims that the items name.';

create or replace function absurd._not_live(p_task_ids uuid[], p_attempts int[])
returns table (task_id uuid, attempt int, verdict text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
    select c.task_id, c.attempt,
      case when t.attempt = c.attempt and t.state = 'cancelled' then 'cancelled' else 'lost' end
    from unnest(p_task_ids, p_attempts) with ordinality as c (task_id, attempt, item)
    left join absurd.tasks as t on t.task_id = c.task_id
    where (t.attempt = c.attempt and t.state = 'claimed') is not true
    order by c.item;
end;
$$;

comment on function absurd._not_live(uuid[], int[]) is 'Those of the claims that are lost or cancelled.';

create or replace function absurd._raise_not_claimed(p_task_id uuid, p_attempt int)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_task absurd.tasks;
begin
  select t.* into v_task from absurd.tasks as t where t.task_id = p_task_id;
  if not found then
    perform absurd._raise('TQ001', format('Task not found: %s', p_task_id));
  end if;
  perform absurd._raise(
    'TQ002',
    format('Attempt %s of task %s is not a live claim: the task is %s at attempt %s', p_attempt, p_task_id,
      v_task.status, v_task.attempt),
    'Whatever this attempt made must not be used; another attempt may be running.'
  );
end;
$$;

comment on function absurd._raise_not_claimed(uuid, int) is
  'Raises TQ001 or TQ002 for a claim that is not live, telling where the task stands.';
