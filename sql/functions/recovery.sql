-- Claims whose workers are gone.

drop function if exists absurd.recover_claims(int);
create or replace function absurd.recover_claims(p_limit int default 100, p_every_sec double precision default null)
returns table (task_id uuid, attempt int, worker_id text, status text)
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
  v_ends absurd._attempt_end[];
  v_lost uuid[];
  v_time int;
begin
  if p_limit is null or p_limit not between 1 and 10000 then
    perform absurd._raise('22023', format('limit must be a number from 1 to 10000: %s', p_limit));
  end if;
  if p_every_sec < 0 or p_every_sec > 86400 then
    perform absurd._raise('22023', format('every_sec must be a number of seconds up to 86400: %s', p_every_sec));
  end if;
  if p_every_sec > 0 and not absurd._take_chore('recover_claims', make_interval(secs => p_every_sec), v_now) then
    return;
  end if;
  v_ends := absurd._lost_claims(array(
    select t.task_id
    from absurd.tasks as t
    where t.status = 'claimed' and absurd._is_lost(t.suspected_at, t.heartbeat_at, t.lease_sec, t.heartbeat_sec, v_now)
    order by t.suspected_at
    limit p_limit
  ), v_now);
  if v_ends <> '{}' then
    perform absurd._lock_for_failure(v_ends);
    -- Only now are they ours to judge: a beat or an end may have come in between.
    v_ends := absurd._lost_claims(array(select e.task_id from unnest(v_ends) as e), v_now);
    v_lost := absurd._fail(v_ends, 'lost', v_now);
    perform absurd._notify_claims(array(select t.worker_id from absurd.tasks as t where t.task_id = any (v_lost)));
  end if;
  -- Last, because they take locks in no order (and never wait for one).
  perform absurd._suspect_claims(p_limit, v_now);
  perform absurd._claim_lost_reservations(p_limit, v_now);
  perform absurd._sum_up_counts();
  for v_time in 1..10 loop
    exit when not absurd._free_more(null, null, v_now);
  end loop;
  return query
    select t.task_id, t.attempt, t.worker_id, t.status
    from absurd.tasks as t
    where t.task_id = any (v_lost)
    order by t.task_id;
end;
$$;

comment on function absurd.recover_claims(int, double precision) is
  'Finds claims whose lease has ended, in two looks: the first one only notes the suspicion, a look at least one '
  'heartbeat interval later fails the attempt with reason lost, unless a beat came in between. So a restart of the '
  'database or a jump of its clock kills nothing. For any worker or scheduler to call every few seconds; with p_every_sec '
  'it does nothing when another such call was less than so long ago, or is under way: many workers need not all look. '
  'Returns what was lost. Raises 22023.';

create or replace function absurd._take_chore(p_chore text, p_every interval, p_now timestamptz)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update absurd.chores as c
  set done_at = p_now
  from (
    select d.chore
    from absurd.chores as d
    -- A time to come is that of a clock that was set back.
    where d.chore = p_chore and (d.done_at <= p_now - p_every or d.done_at > p_now)
    for no key update skip locked
  ) as due
  where c.chore = due.chore;
  return found;
end;
$$;

comment on function absurd._take_chore(text, interval, timestamptz) is
  'Whether the caller is to do what any worker does for all: nobody did it less than p_every ago, or is about to.';

create or replace function absurd._suspect_claims(p_limit int, p_now timestamptz)
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  with stale as materialized (
    select t.task_id
    from absurd.tasks as t
    where t.status = 'claimed'
      -- A suspicion of a time to come is from before the clock was set back, too.
      and (t.suspected_at is null or t.suspected_at > p_now + make_interval(secs => t.heartbeat_sec))
      and absurd._is_overdue(t.heartbeat_at, t.lease_sec, p_now)
    limit p_limit
    for no key update skip locked
  )
  update absurd.tasks as t set suspected_at = p_now from stale as s where t.task_id = s.task_id;

  with gone as materialized (
    select d.task_id, d.attempt from absurd.dying_claims as d where d.lease_ends_at <= p_now for update skip locked
  )
  delete from absurd.dying_claims as d using gone as g where d.task_id = g.task_id and d.attempt = g.attempt;

  -- No lease is as long as that: the clock was set back since. Their workers may still be ending them.
  with late as materialized (
    select d.task_id, d.attempt
    from absurd.dying_claims as d
    where d.lease_ends_at > p_now + 2 * make_interval(secs => d.lease_sec)
    for update skip locked
  )
  update absurd.dying_claims as d
  set lease_ends_at = p_now + make_interval(secs => d.lease_sec)
  from late as l
  where d.task_id = l.task_id and d.attempt = l.attempt;
$$;

comment on function absurd._suspect_claims(int, timestamptz) is
  'The first look: notes which claims have outlived their lease. Also forgets cancelled claims whose lease has ended.';

create or replace function absurd._is_overdue(
  p_heartbeat_at timestamptz,
  p_lease_sec double precision,
  p_now timestamptz
)
returns boolean
language sql
stable
as $$
  select p_heartbeat_at <= p_now - make_interval(secs => p_lease_sec)
    or p_heartbeat_at > p_now + make_interval(secs => p_lease_sec);
$$;

comment on function absurd._is_overdue(timestamptz, double precision, timestamptz) is
  'Whether a lease has ended that began with a beat. One from far in the future is from before the clock was set back, '
  'and counts as none: who lives beats again.';

create or replace function absurd._is_lost(
  p_suspected_at timestamptz,
  p_heartbeat_at timestamptz,
  p_lease_sec double precision,
  p_heartbeat_sec double precision,
  p_now timestamptz
)
returns boolean
language sql
stable -- as what it calls is, or it would not be inlined
as $$
  select coalesce(
    p_suspected_at + make_interval(secs => p_heartbeat_sec) <= p_now
      and absurd._is_overdue(p_heartbeat_at, p_lease_sec, p_now),
    false
  );
$$;

comment on function absurd._is_lost(
  timestamptz, timestamptz, double precision, double precision, timestamptz
) is 'The second look at one claim: suspected for a heartbeat interval, and still past its lease.';

create or replace function absurd._lost_claims(p_task_ids uuid[], p_now timestamptz)
returns absurd._attempt_end[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(
    (
      row_number, l.task_id, l.attempt, null::jsonb, '{}'::jsonb, 'lost',
      format('Worker %s has not been heard of for %s s', l.worker_id,
        round(extract(epoch from greatest(p_now - l.heartbeat_at, p_now - l.suspected_at)))),
      false, l.was_waiting, 'ok'
    )::absurd._attempt_end
  ), '{}')
  from (
    select
      t.task_id, t.attempt, t.worker_id, t.heartbeat_at, t.suspected_at, row_number() over (order by t.task_id),
      -- What waits is begun or given back within a second, long before its first beat. A task that ends its worker
      -- each time must not go on like that.
      coalesce(t.claimed_ahead, false) and t.heartbeat_at = t.claimed_at and t.not_now_count < 3 as was_waiting
    from absurd.tasks as t
    where t.task_id = any (p_task_ids)
      and t.state = 'claimed'
      and absurd._is_lost(t.suspected_at, t.heartbeat_at, t.lease_sec, t.heartbeat_sec, p_now)
  ) as l;
$$;

comment on function absurd._lost_claims(uuid[], timestamptz) is
  'Those of the tasks whose claims are lost, as failures; those that were waiting in their worker count none, three times '
  'at most.';
