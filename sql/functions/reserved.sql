-- What becomes of a reservation, but for the tasks of it that complete (complete_reserved.sql). Whoever changes one
-- locks its row first, and its tasks afterwards.

create or replace function absurd._take_out(p_reservation absurd.reservations, p_task_ids uuid[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_state constant text := absurd._state_of_reserved(p_reservation);
  v_left uuid[];
  v_back uuid[];
begin
  select
    array_agg(h.task_id order by h.nth) filter (where not h.is_out),
    array_agg(h.task_id order by h.nth) filter (where h.is_out)
  into v_left, v_back
  from (
    select t.task_id, u.nth, t.task_id in (select o.task_id from unnest(p_task_ids) as o (task_id)) as is_out
    from unnest(p_reservation.task_ids) with ordinality as u (task_id, nth)
    join absurd.tasks as t on t.task_id = u.task_id
    where absurd._is_reserved(t, v_state)
  ) as h;
  if v_left is null then
    delete from absurd.reservations as r where r.reservation_id = p_reservation.reservation_id;
  else
    update absurd.reservations as r
    set task_ids = v_left, open = cardinality(v_left)
    where r.reservation_id = p_reservation.reservation_id;
  end if;
  if p_reservation.parent_id is not null then
    perform absurd._free_again(p_reservation.parent_id, v_back);
  end if;
end;
$$;

comment on function absurd._take_out(absurd.reservations, uuid[]) is
  'Takes tasks out of a reservation, and with them those that are over; forgets it when none is left. Those that were '
  'reserved before they were freed are to be freed again. Callers hold its row.';

create or replace function absurd._state_of_reserved(p_reservation absurd.reservations)
returns text
language sql
immutable
as $$
  select case when p_reservation.parent_id is null then 'ready' else 'blocked' end;
$$;

comment on function absurd._state_of_reserved(absurd.reservations) is
  'The state of what a reservation still holds: nothing that ended or was claimed gets it again before it was taken out.';

drop function if exists absurd._is_reserved(absurd.tasks);
create or replace function absurd._is_reserved(p_task absurd.tasks, p_state text)
returns boolean
language sql
immutable
as $$
  -- Not plainly compared: the planner would go through all of a small index of what is ready, for each task.
  select coalesce(p_task.state, '') = p_state;
$$;

comment on function absurd._is_reserved(absurd.tasks, text) is
  'Whether a task that a reservation names is still held by it; p_state is that of _state_of_reserved.';

create or replace function absurd._reserved_run_at(p_task absurd.tasks, p_reserved_at timestamptz)
returns timestamptz
language sql
immutable
as $$
  select case when p_task.state = 'blocked' then greatest(p_task.run_at, p_reserved_at) else p_task.run_at end;
$$;

comment on function absurd._reserved_run_at(absurd.tasks, timestamptz) is
  'From when on a reserved task could run: one that was reserved instead of being freed, from then on.';

create or replace function absurd._hold_reservation(p_reservation_id bigint)
returns absurd.reservations
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_reservation absurd.reservations;
begin
  perform absurd._require_read_committed();
  select r.* into v_reservation
  from absurd.reservations as r
  where r.reservation_id = p_reservation_id
  for update;
  return v_reservation;
end;
$$;

comment on function absurd._hold_reservation(bigint) is
  'Locks a reservation and returns it; all null when it is over, or was lost.';

create or replace function absurd._claim_reserved(
  p_reservation absurd.reservations, p_task_ids uuid[], p_is_lost boolean, p_now timestamptz
)
returns absurd._picked
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_state constant text := absurd._state_of_reserved(p_reservation);
  v_named constant uuid[] := array(
    select u.id
    from unnest(p_reservation.task_ids) as u (id)
    where u.id in (select i.id from unnest(p_task_ids) as i (id))
  );
  v_claimed absurd._picked;
begin
  perform absurd._lock_tasks(v_named);
  with claimed as (
    update absurd.tasks as t
    set state = 'claimed', status = 'claimed', attempt = t.attempt + 1, worker_id = p_reservation.worker_id,
      claimed_at = p_reservation.reserved_at, open_parents = 0,
      run_at = absurd._reserved_run_at(t, p_reservation.reserved_at),
      -- As a claim that waited in its worker, and that the first look has found.
      heartbeat_at = case when p_is_lost then p_reservation.reserved_at else p_now end,
      claimed_ahead = case when p_is_lost then true end, suspected_at = case when p_is_lost then p_now end,
      progress_fraction = null, progress_message = null, progress_at = null, on_complete = null,
      lease_sec = p_reservation.lease_sec, heartbeat_sec = p_reservation.heartbeat_sec,
      max_retries = p_reservation.max_retries, timeout_sec = p_reservation.timeout_sec,
      backoff_base_sec = p_reservation.backoff_base_sec, backoff_cap_sec = p_reservation.backoff_cap_sec
    where t.task_id = any (v_named) and absurd._is_reserved(t, v_state)
    returning t.task_id, t.attempt, t.queue_name, t.task_name, t.workflow_id, t.depth
  )
  select
    array_agg(c.task_id), array_agg(c.attempt), array_agg(c.queue_name), array_agg(c.task_name),
    array_agg(c.workflow_id), array_agg(c.depth)
  into v_claimed
  from claimed as c;
  if v_claimed.task_ids is not null then
    perform absurd._tell_moved(
      v_claimed, v_state, 'claimed', jsonb_build_object('worker_id', p_reservation.worker_id), p_now
    );
  end if;
  perform absurd._take_out(p_reservation, v_named);
  return v_claimed;
end;
$$;

comment on function absurd._claim_reserved(absurd.reservations, uuid[], boolean, timestamptz) is
  'Claims those of the tasks that a reservation names for its worker, as of when it was made; p_is_lost: as those of a '
  'worker of whom nobody has heard for its lease. Returns those that were still held. Callers hold the row of the '
  'reservation.';

create or replace function absurd.claim_reserved(p_reservation_id bigint, p_task_ids uuid[])
returns table (task_id uuid, attempt int)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_reservation constant absurd.reservations := absurd._hold_reservation(p_reservation_id);
  v_claimed absurd._picked;
begin
  if v_reservation.reservation_id is not null then
    v_claimed := absurd._claim_reserved(v_reservation, p_task_ids, false, absurd.clock());
  end if;
  return query select c.task_id, c.attempt from unnest(v_claimed.task_ids, v_claimed.attempts) as c (task_id, attempt);
end;
$$;

comment on function absurd.claim_reserved(bigint, uuid[]) is
  'Claims tasks of a reservation, which take longer than a moment, or fail, or have something to report: from then on they '
  'are claims like others. Returns those that were still held; the rest was cancelled, or the reservation was lost, and '
  'then its tasks were claimed all the same and may still be.';

create or replace function absurd.release_reserved(p_reservation_id bigint, p_task_ids uuid[])
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_reservation constant absurd.reservations := absurd._hold_reservation(p_reservation_id);
begin
  if v_reservation.reservation_id is not null then
    perform absurd._take_out(v_reservation, p_task_ids);
    perform absurd._wake_workers(array[v_reservation.queue_name], absurd.clock());
  end if;
end;
$$;

comment on function absurd.release_reserved(bigint, uuid[]) is
  'Gives tasks of a reservation back that were not begun: others may take them at once, with the same attempt. Nothing '
  'happens to those that it does not hold.';
