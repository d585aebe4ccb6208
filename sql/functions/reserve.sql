-- Reservations: what a busy worker takes of tasks about which nothing is special. A claim writes each of its tasks, a
-- reservation names them in one row. The tasks stay ready until the worker completes them (complete_reserved),
-- claims them after all, because they last or fail (claim_reserved), or gives them back (release_reserved).
--
-- Nobody else may take them meanwhile. Every claim leaves out what is reserved, and holds a lock of its queue shared; a
-- reservation wants it alone. So a claim sees every reservation made before it, and a reservation every claim.

create or replace function absurd._stand_in_line(p_queue_name text)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set lock_timeout = '5s'
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('absurd reservations ' || p_queue_name, 0));
  -- Claims wait behind this one, and it for those under way: these are over in a moment. Not so one whose transaction
  -- somebody left open: then all claim as before.
  perform set_config('lock_timeout', '250ms', true);
  perform pg_advisory_xact_lock(absurd._picks_key(p_queue_name));
  return true;
exception
  when lock_not_available then
    return false;
end;
$$;

comment on function absurd._stand_in_line(text) is
  'Waits until nobody else picks tasks of the queue, until the end of the transaction. False when that takes too long.';

create or replace function absurd._may_reserve(p_queue_name text, p_limit int, p_now timestamptz)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- of what is due, in one look
set enable_bitmapscan = off
as $$
declare
  v_is_open boolean;
  v_is_due boolean;
  v_is_freeing boolean;
begin
  perform absurd._require_read_committed();
  if not absurd._stand_in_line(p_queue_name) then
    return false;
  end if;
  select
    q.paused_at is null and not exists (select from absurd.limits as l where l.tableoid <> 0), -- as in _find_ready
    exists (
      select
      from absurd.tasks as t
      where t.queue_name = q.queue_name and t.state = 'scheduled' and t.run_at <= p_now
    ),
    exists (select from absurd.freeing as f where f.tableoid <> 0)
  into v_is_open, v_is_due, v_is_freeing
  from absurd.queues as q
  where q.queue_name = p_queue_name;
  if v_is_open and v_is_freeing then
    perform absurd._free_more(p_now);
  end if;
  if v_is_open and v_is_due then
    perform absurd._promote_due(array[p_queue_name], greatest(p_limit, 100), p_now);
  end if;
  return coalesce(v_is_open, false);
end;
$$;

comment on function absurd._may_reserve(text, int, timestamptz) is
  'Whether tasks of the queue can be reserved: it is not paused, and no limit counts claims. The caller then is the only '
  'one to pick from it, and what is due is ready, or some of what waits for nothing else.';

create or replace function absurd._reserve(p_worker_id text, p_queue_name text, p_limit int, p_settings jsonb)
returns setof absurd._alike
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_end absurd.claim_hints;
  v_hint absurd.claim_hints;
  v_read bigint;
begin
  if not absurd._may_reserve(p_queue_name, p_limit, v_now) then
    return;
  end if;
  select h.* into v_hint from absurd.claim_hints as h where h.queue_name = p_queue_name and h.task_name = '';
  v_end := absurd._end_of_reservations(p_queue_name);
  if absurd._is_fresh_end(v_end, v_now) then
    return query select b.* from absurd._reserve_behind(
      p_worker_id, v_end, v_end.priorities[1], p_limit, absurd._least_behind(v_end, p_limit, v_now), p_settings
    ) as b;
    if found then
      if v_hint.queue_name is not null then
        perform absurd._move_hint_behind(v_hint);
      end if;
      return;
    end if;
  end if;
  if absurd._is_all_reserved(array[p_queue_name]) then
    return;
  end if;
  v_read := absurd._ready_read(null);
  if absurd._is_fresh_end(v_hint, v_now) then
    return query select b.* from absurd._reserve_behind(
      p_worker_id, v_hint, null, p_limit, absurd._least_behind(v_hint, p_limit, v_now), p_settings
    ) as b;
    if found then
      if absurd._ready_read(null) - v_read - p_limit > absurd._many_dead_entries(p_limit) then
        perform absurd._move_hint_behind(v_hint);
      end if;
      return;
    end if;
    v_read := absurd._ready_read(null);
  end if;
  v_end := (p_queue_name, '', '{}', '{}', v_now, 0);
  return query select b.* from absurd._reserve_behind(p_worker_id, v_end, null, p_limit, 1, p_settings) as b;
  if found then
    perform absurd._note_dead_entries(p_queue_name, p_limit, absurd._ready_read(null) - v_read, v_hint);
  end if;
end;
$$;

comment on function absurd._reserve(text, text, int, jsonb) is
  'Reserves the best ready tasks of a queue, p_limit at most, if all of them can be reserved; tells those that are alike '
  'by one row. Looks behind what is reserved already, and about once a second, or when less is found there, also before '
  'it, where tasks may have become ready late. Nothing: there are none, or they have to be claimed.';

create or replace function absurd._ends_of(p_reservation absurd.reservations)
returns uuid[]
language sql
immutable
as $$
  select case
    when p_reservation.top_priority = p_reservation.low_priority then array[p_reservation.last_id]
    else p_reservation.task_ids
  end;
$$;

comment on function absurd._ends_of(absurd.reservations) is
  'Those of the tasks of a new reservation that a hint behind it needs: of one priority only the last.';

drop function if exists absurd._note_dead_entries(text, int, bigint);
create or replace function absurd._note_dead_entries(
  p_queue_name text, p_limit int, p_read bigint, p_hint absurd.claim_hints
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_dead bigint := p_read - p_limit;
  v_task_ids uuid[];
begin
  if v_dead > absurd._many_dead_entries(p_limit) then
    v_dead := v_dead - absurd._count_reserved(p_queue_name);
  end if;
  if v_dead > absurd._many_dead_entries(p_limit) then
    update absurd.reservations as r
    set dead_entries = v_dead
    from (
      select n.reservation_id
      from absurd.reservations as n
      where n.queue_name = p_queue_name
      order by n.reservation_id desc
      limit 1
      for no key update skip locked -- who holds it may wait for what this call has freed
    ) as o
    where r.reservation_id = o.reservation_id
    returning absurd._ends_of(r) into v_task_ids;
  end if;
  if v_task_ids is not null or p_hint.queue_name is not null then
    perform absurd._keep_hint(p_queue_name, null, p_limit, v_task_ids, v_dead, p_hint);
  end if;
end;
$$;

comment on function absurd._note_dead_entries(text, int, bigint, absurd.claim_hints) is
  'After a look from the start: keeps with the newest reservation how many entries it walked over that nobody can use, so '
  'that the next such look is the later, the longer it takes, and a hint for when that reservation is over.';

drop function if exists absurd._move_hint_behind(absurd.claim_hints, int, bigint);
create or replace function absurd._move_hint_behind(p_hint absurd.claim_hints)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform absurd._move_hint(p_hint, (
    select absurd._ends_of(r)
    from absurd.reservations as r
    where r.queue_name = p_hint.queue_name
    order by r.reservation_id desc
    limit 1
  ), p_hint.looked_at, p_hint.dead_entries);
end;
$$;

comment on function absurd._move_hint_behind(absurd.claim_hints) is 'Moves a hint behind what was just reserved.';

create or replace function absurd._await_after_reserving(
  p_worker_id text, p_queue_name text, p_limit int, p_settings jsonb
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_limit > (
    select r.open
    from absurd.reservations as r
    where r.worker_id = p_worker_id and r.queue_name = p_queue_name
    order by r.reservation_id desc
    limit 1
  ) then
    perform absurd._await(array[p_queue_name], absurd._longest_wait(p_settings), absurd.clock());
  end if;
end;
$$;

comment on function absurd._await_after_reserving(text, text, int, jsonb) is
  'As claims do: has ready tasks notified where less than p_limit was found, as the worker may go to sleep.';
