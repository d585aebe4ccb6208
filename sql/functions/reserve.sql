-- Reservations: what a busy worker takes of tasks about which nothing is special. A claim writes each of its tasks, a
-- reservation names them in one row. The tasks stay ready until the worker completes them (complete_reserved),
-- claims them after all, because they last or fail (claim_reserved), or gives them back (release_reserved).
--
-- Nobody else may take them meanwhile. Every claim leaves out what is reserved, and holds a lock of its queue shared; a
-- reservation wants it alone. So a claim sees every reservation made before it, and a reservation every claim.

create or replace function absurd._pick_alone(p_queue_name text)
returns void
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
end;
$$;

comment on function absurd._pick_alone(text) is
  'Waits until nobody else picks tasks of the queue, until the end of the transaction, or until it is undone. Raises 55P03 '
  'when that takes too long.';

drop function if exists absurd._may_reserve(text, int, timestamptz);
create or replace function absurd._may_reserve(
  p_queue_name text, p_limit int, p_now timestamptz, out is_open boolean, out is_freeing boolean
)
returns record
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- of what is due, in one look
set enable_bitmapscan = off
as $$
declare
  v_is_due boolean;
begin
  perform absurd._require_read_committed();
  perform absurd._pick_alone(p_queue_name);
  select
    q.paused_at is null and not exists (select from absurd.limits as l where l.tableoid <> 0), -- as in _find_ready
    exists (
      select
      from absurd.tasks as t
      where t.queue_name = q.queue_name and t.state = 'scheduled' and t.run_at <= p_now
    ),
    exists (select from absurd.freeing as f where f.tableoid <> 0)
  into is_open, v_is_due, is_freeing
  from absurd.queues as q
  where q.queue_name = p_queue_name;
  if is_open and v_is_due then
    perform absurd._promote_due(array[p_queue_name], greatest(p_limit, 100), p_now);
  end if;
end;
$$;

comment on function absurd._may_reserve(text, int, timestamptz) is
  'Whether tasks of the queue can be reserved (is_open): it is not paused, and no limit counts claims. The caller then is '
  'the only one to pick from it, and what is due is ready, or some of what waits for nothing else. Tells whether children '
  'of some task are to be freed, too. Raises what _pick_alone does.';

create or replace function absurd._reserve(p_worker_id text, p_queue_name text, p_limit int, p_settings jsonb)
returns setof absurd._alike
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_queue_names constant text[] := array[p_queue_name];
  v_may record;
  v_ready bigint := 0;
  v_found int := 0;
  v_children record;
  v_child_ids uuid[];
begin
  v_may := absurd._may_reserve(p_queue_name, p_limit, v_now);
  if v_may.is_open is not true then
    raise no_data_found;
  end if;
  if v_may.is_freeing then
    v_ready := greatest(absurd._count_not_reserved(v_queue_names), 0);
    v_children := absurd._find_freeing(p_queue_name, p_limit - v_ready, v_now);
    v_child_ids := v_children.task_ids;
    if v_child_ids is null
      and (v_ready < p_limit or absurd._goes_before_ready(p_queue_name) or absurd._is_fourth_reservation())
    then
      perform absurd._free_more(v_queue_names, p_limit, v_now);
    end if;
  end if;
  -- Before the children: what is ready may have to be claimed, and these would keep it waiting until the last of them.
  if v_child_ids is null or v_ready > 0 then
    return query select r.* from absurd._reserve_ready(
      p_worker_id, p_queue_name, p_limit - coalesce(cardinality(v_child_ids), 0), p_settings, v_now
    ) as r;
    if not found then
      raise no_data_found;
    end if;
    v_found := absurd._newest_open(p_worker_id, p_queue_name);
  end if;
  if v_child_ids is not null then
    perform absurd._shorten_freeing(v_children.parent_id, v_children.first_ids, v_children.next_id);
    return query select f.* from absurd._reserve_freeing(
      p_worker_id, p_queue_name, v_children.parent_id, v_child_ids, v_children.priority, p_settings, v_now
    ) as f;
    v_found := v_found + cardinality(v_child_ids);
  end if;
  if v_found < p_limit then
    perform absurd._await(v_queue_names, absurd._longest_wait(p_settings), v_now);
  end if;
exception
  -- Undone, which lets go of the queue: the caller claims instead, and may stand in line behind who waits for it.
  when lock_not_available or no_data_found then
    return;
end;
$$;

comment on function absurd._reserve(text, text, int, jsonb) is
  'Reserves the best ready tasks of a queue, p_limit at most, if all of them can be reserved; tells those that are alike '
  'by one row. Children that are to be freed are reserved as they are beside these where fewer than p_limit are ready, '
  'else some are freed: each time where they may go before what is ready, else each fourth time, so that in the end fewer '
  'are ready, and the rest need not be freed at all. Has ready tasks notified where less than p_limit was found, as the '
  'worker may go to sleep. Nothing: there are none, or they have to be claimed; then nothing is locked either.';

create or replace function absurd._is_fourth_reservation()
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return (select s.last_value % 4 = 0 from absurd.reservations_reservation_id_seq as s);
end;
$$;

comment on function absurd._is_fourth_reservation() is 'True after each fourth reservation, of whatever queue.';

create or replace function absurd._newest_open(p_worker_id text, p_queue_name text)
returns int
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select r.open
  from absurd.reservations as r
  where r.worker_id = p_worker_id and r.queue_name = p_queue_name
  order by r.reservation_id desc
  limit 1;
$$;

comment on function absurd._newest_open(text, text) is
  'How many tasks the reservation holds that a worker has just made of a queue.';

create or replace function absurd._reserve_ready(
  p_worker_id text, p_queue_name text, p_limit int, p_settings jsonb, p_now timestamptz
)
returns setof absurd._alike
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_end absurd.claim_hints;
  v_hint absurd.claim_hints;
  v_read bigint;
begin
  select h.* into v_hint from absurd.claim_hints as h where h.queue_name = p_queue_name and h.task_name = '';
  v_end := absurd._end_of_reservations(p_queue_name);
  if absurd._is_fresh_end(v_end, p_now) then
    return query select b.* from absurd._reserve_behind(
      p_worker_id, v_end, v_end.priorities[1], p_limit, absurd._least_behind(v_end, p_limit, p_now), p_settings
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
  if absurd._is_fresh_end(v_hint, p_now) then
    return query select b.* from absurd._reserve_behind(
      p_worker_id, v_hint, null, p_limit, absurd._least_behind(v_hint, p_limit, p_now), p_settings
    ) as b;
    if found then
      if absurd._ready_read(null) - v_read - p_limit > absurd._many_dead_entries(p_limit) then
        perform absurd._move_hint_behind(v_hint);
      end if;
      return;
    end if;
    v_read := absurd._ready_read(null);
  end if;
  v_end := (p_queue_name, '', '{}', '{}', p_now, 0);
  return query select b.* from absurd._reserve_behind(p_worker_id, v_end, null, p_limit, 1, p_settings) as b;
  if found then
    perform absurd._note_dead_entries(p_queue_name, p_limit, absurd._ready_read(null) - v_read, v_hint);
  end if;
end;
$$;

comment on function absurd._reserve_ready(text, text, int, jsonb, timestamptz) is
  'Reserves the best ready tasks of a queue, p_limit at most, if all of them can be reserved. Looks behind what is reserved '
  'already, and about once a second, or when less is found there, also before it, where tasks may have become ready late. '
  'Callers are the only ones to pick from the queue.';
