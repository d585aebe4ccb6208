-- Completing what was reserved: one statement takes a task from ready to completed.

create or replace function absurd.complete_reserved(
  p_reservation_id bigint,
  p_task_ids uuid[],
  p_attempts int[],
  p_results jsonb[],
  p_reports jsonb[]
)
returns table (task_id uuid, attempt int, outcome text, message text)
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
  v_size constant int := cardinality(p_task_ids);
  v_attempts constant int[] := absurd._for_each(p_attempts, v_size);
  v_results constant jsonb[] := absurd._for_each(p_results, v_size);
  v_reports constant jsonb[] := absurd._for_each(p_reports, v_size);
  v_reservation absurd.reservations;
  v_done uuid[] := '{}';
  v_left int[];
begin
  perform absurd._require_same_size(p_task_ids, v_attempts, v_results, v_reports);
  v_reservation := absurd._hold_reservation(p_reservation_id);
  if v_reservation.reservation_id is not null then
    if absurd._names_all(v_reservation, p_task_ids) and absurd._can_be_kept(p_results, p_reports) then
      v_done := absurd._complete_reserved(v_reservation, p_task_ids, v_attempts, v_results, v_reports, v_now);
      if cardinality(v_done) = v_size then
        return;
      end if;
      perform absurd._take_out(v_reservation, p_task_ids);
    else
      -- Together with what became claims meanwhile, before children of any are locked.
      perform absurd._lock_tasks(p_task_ids);
      perform absurd._claim_reserved(v_reservation, p_task_ids, false, v_now);
    end if;
  end if;
  -- The others go the way of claims, which they may have become, and which tells what is wrong with the rest.
  v_left := array(
    select i.nth
    from unnest(p_task_ids) with ordinality as i (task_id, nth)
    where i.task_id not in (select d.task_id from unnest(v_done) as d (task_id))
    order by i.nth
  );
  return query
    select c.*
    from absurd.complete_claims(
      array(select p_task_ids[l.nth] from unnest(v_left) as l (nth)),
      array(select v_attempts[l.nth] from unnest(v_left) as l (nth)),
      array(select v_results[l.nth] from unnest(v_left) as l (nth)),
      array(select v_reports[l.nth] from unnest(v_left) as l (nth))
    ) as c;
end;
$$;

comment on function absurd.complete_reserved(bigint, uuid[], int[], jsonb[], jsonb[]) is
  'Completes tasks of a reservation as complete_claims does claims, and claims them before, which is told as an event. '
  'Those that it does not hold any more are completed if they have become claims with this attempt. Returns only those '
  'whose outcome is not ok. Raises what complete_claims does.';

create or replace function absurd._names_all(p_reservation absurd.reservations, p_task_ids uuid[])
returns boolean
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return not exists (
    select
    from unnest(p_task_ids) as t (id)
    where t.id not in (select n.id from unnest(p_reservation.task_ids) as n (id))
  );
end;
$$;

comment on function absurd._names_all(absurd.reservations, uuid[]) is
  'Whether a reservation names all of the tasks: one that became a claim is not named any more.';

create or replace function absurd._complete_reserved(
  p_reservation absurd.reservations,
  p_task_ids uuid[],
  p_attempts int[],
  p_results jsonb[],
  p_reports jsonb[],
  p_now timestamptz
)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_state constant text := absurd._state_of_reserved(p_reservation);
  v_done absurd._picked;
begin
  with done as (
    update absurd.tasks as t
    set state = 'completed', status = 'completed', attempt = e.attempt, worker_id = p_reservation.worker_id,
      claimed_at = p_reservation.reserved_at, heartbeat_at = p_reservation.reserved_at,
      open_parents = 0, run_at = absurd._reserved_run_at(t, p_reservation.reserved_at),
      claimed_ahead = null, suspected_at = null,
      progress_fraction = null, progress_message = null, progress_at = null,
      lease_sec = p_reservation.lease_sec, heartbeat_sec = p_reservation.heartbeat_sec,
      max_retries = p_reservation.max_retries, timeout_sec = p_reservation.timeout_sec,
      backoff_base_sec = p_reservation.backoff_base_sec, backoff_cap_sec = p_reservation.backoff_cap_sec,
      finished_at = p_now, result = e.result, report = coalesce(e.report, '{}'), error = null, error_reason = null
    from (
      -- The order in which locks are taken. Of two ends of one attempt the first counts.
      select i.task_id, i.attempt, i.result, i.report
      from unnest(p_task_ids, p_attempts, p_results, p_reports) with ordinality
        as i (task_id, attempt, result, report, item)
      order by i.task_id, i.item
    ) as e
    where t.task_id = e.task_id and t.attempt = e.attempt - 1 and absurd._is_reserved(t, v_state)
    returning t.task_id, t.attempt, t.queue_name, t.task_name, t.workflow_id, t.depth
  )
  select
    array_agg(d.task_id), array_agg(d.attempt), array_agg(d.queue_name), array_agg(d.task_name),
    array_agg(d.workflow_id), array_agg(d.depth)
  into v_done
  from done as d;
  if v_done.task_ids is null then
    return '{}';
  end if;
  perform absurd._tell_moved(
    v_done, v_state, 'claimed', jsonb_build_object('worker_id', p_reservation.worker_id), p_now
  );
  perform absurd._tell_moved(v_done, 'claimed', 'completed', null, p_now);
  if cardinality(v_done.task_ids) = p_reservation.open then
    delete from absurd.reservations as r where r.reservation_id = p_reservation.reservation_id;
  else
    update absurd.reservations as r
    set open = r.open - cardinality(v_done.task_ids)
    where r.reservation_id = p_reservation.reservation_id;
  end if;
  -- Last: what is still reserved tells whether a workflow runs.
  perform absurd._let_go(v_done.task_ids, v_done.workflow_ids, v_done.queue_names, v_done.depths[1], p_now);
  return v_done.task_ids;
end;
$$;

comment on function absurd._complete_reserved(
  absurd.reservations, uuid[], int[], jsonb[], jsonb[], timestamptz
) is
  'Completes those of the tasks, all of which the reservation names, that it still holds, with results and reports that '
  'can be kept, and all that follows. Returns them. Callers hold the row of the reservation.';
