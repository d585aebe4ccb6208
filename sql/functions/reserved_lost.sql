-- Reservations that nobody works on: of which their worker does not know, or whose worker is gone.

create or replace function absurd.forget_reservations(p_worker_id text, p_known bigint[])
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_forgotten absurd.reservations[];
  v_reservation absurd.reservations;
  v_claimed absurd._picked;
begin
  perform absurd._require_read_committed();
  v_forgotten := array(
    select r
    from absurd.reservations as r
    where r.worker_id = p_worker_id and r.reservation_id not in (select k.id from unnest(p_known) as k (id))
    order by r.reservation_id
    for update
  );
  -- All in one order: those of one reservation may come before those of another.
  perform absurd._lock_tasks(array(select unnest(f.task_ids) from unnest(v_forgotten) as f));
  foreach v_reservation in array v_forgotten loop
    -- Should the worker run some of them all the same, others must not get the same attempt.
    v_claimed := absurd._claim_reserved(v_reservation, v_reservation.task_ids, false, v_now);
    perform absurd._release(array(
      select (c.item, c.task_id, c.attempt, null, '{}', null, null, false, false, 'ok')::absurd._attempt_end
      from unnest(v_claimed.task_ids, v_claimed.attempts) with ordinality as c (task_id, attempt, item)
    ), v_now);
  end loop;
end;
$$;

comment on function absurd.forget_reservations(text, bigint[]) is
  'Gives back all that a worker has reserved but for the reservations that it knows: the answers to the others got lost. '
  'The attempts count as given back, and what the worker tells of them is stale.';

create or replace function absurd.count_reserved(p_queue_name text)
returns int
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  return (select coalesce(sum(r.open), 0) from absurd.reservations as r where r.queue_name = p_queue_name);
end;
$$;

comment on function absurd.count_reserved(text) is
  'How many tasks of a queue are reserved: ready ones, and children that were to be freed. For a worker that is to end when '
  'nothing is left: who has reserved them may be gone, and in no other count do these stand out from what is blocked.';

create or replace function absurd._claim_lost_reservations(p_limit int, p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_reservation absurd.reservations;
  v_free uuid[];
begin
  for v_reservation in
    select r.*
    from absurd.reservations as r
    where absurd._is_overdue(r.reserved_at, r.lease_sec, p_now)
    order by r.reservation_id
    limit p_limit
    for update skip locked
  loop
    v_free := array(
      select t.task_id
      from absurd.tasks as t
      where t.task_id = any (v_reservation.task_ids)
        and absurd._is_reserved(t, absurd._state_of_reserved(v_reservation))
      for no key update skip locked
    );
    perform absurd._claim_reserved(v_reservation, v_free, true, p_now);
  end loop;
end;
$$;

comment on function absurd._claim_lost_reservations(int, timestamptz) is
  'Makes claims of what is still reserved when the lease of a reservation has ended, which no worker that lives lets '
  'happen: they are suspected at once, and from then on lost, or completed, as all claims are. Waits for no lock.';
