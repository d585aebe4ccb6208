-- What reservations mean to others: claims leave out what is reserved, priorities and cancellations take account of it.

create or replace function absurd._reserved(p_queue_names text[], p_above int default null)
returns uuid[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select u.task_id
    from absurd.reservations as r
    cross join unnest(r.task_ids) as u (task_id)
    where r.queue_name = any (p_queue_names) and r.parent_id is null
      and (p_above is null or r.is_moved or r.top_priority > p_above)
  );
end;
$$;

comment on function absurd._reserved(text[], int) is
  'The tasks of queues that nobody may claim, because a worker has reserved them; some of them are over already. With '
  'p_above only those of reservations that may lie above that priority. An array, of which the planner expects ten '
  'whatever it holds: from a query it may expect more than a table of hashes may hold, and would then go through all of '
  'them for each task.';

create or replace function absurd._picks_key(p_queue_name text)
returns bigint
language sql
immutable
as $$
  select hashtextextended('absurd picks ' || p_queue_name, 0);
$$;

comment on function absurd._picks_key(text) is
  'The advisory lock of a queue: shared by who picks tasks to claim or moves their turns, held alone by who reserves.';

create or replace function absurd._is_any_reserved()
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (select from absurd.reservations as r where r.tableoid <> 0); -- as in _find_ready
end;
$$;

comment on function absurd._is_any_reserved() is 'Whether any tasks are reserved by now, of whatever queue.';

drop function if exists absurd._count_reserved(text);
create or replace function absurd._count_ready_reserved(p_queue_names text[])
returns bigint
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(sum(r.open), 0)
  from absurd.reservations as r
  where r.queue_name = any (p_queue_names) and r.parent_id is null;
$$;

comment on function absurd._count_ready_reserved(text[]) is
  'How many ready tasks of queues are reserved: count_reserved without the children that were to be freed.';

create or replace function absurd._count_not_reserved(p_queue_names text[])
returns bigint
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(sum(c.change), 0) - absurd._count_ready_reserved(p_queue_names)
  from absurd.task_counts as c
  where c.queue_name = any (p_queue_names) and c.state = 'ready';
$$;

comment on function absurd._count_not_reserved(text[]) is 'How many tasks of queues are ready, and reserved by nobody.';

create or replace function absurd._is_all_reserved(p_queue_names text[])
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  -- So few are gone through in no time.
  v_few constant int := 200;
begin
  return absurd._count_ready_reserved(p_queue_names) > v_few and absurd._count_not_reserved(p_queue_names) <= 0;
end;
$$;

comment on function absurd._is_all_reserved(text[]) is
  'Whether many ready tasks of queues are reserved, and no other is ready. When a queue runs empty, each worker looks for '
  'more a few times: going through all that the others have reserved would take it longer than running its own.';

create or replace function absurd._stop_reserving(p_task_ids uuid[])
returns text[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_queue_names constant text[] := array(
    select distinct t.queue_name from absurd.tasks as t where t.task_id = any (p_task_ids) order by t.queue_name
  );
begin
  perform absurd._require_read_committed();
  perform pg_advisory_xact_lock_shared(absurd._picks_key(q.name)) from unnest(v_queue_names) as q (name);
  return v_queue_names;
end;
$$;

comment on function absurd._stop_reserving(uuid[]) is
  'Nobody reserves of the queues of these tasks, which it returns, until the end of the transaction.';

create or replace function absurd._note_moves(p_task_ids uuid[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_queue_names constant text[] := absurd._stop_reserving(p_task_ids);
begin
  update absurd.reservations as r
  set is_moved = true
  from (
    select n.reservation_id
    from absurd.reservations as n
    where n.queue_name = any (v_queue_names) and not n.is_moved
    order by n.reservation_id
    for update
  ) as m
  where r.reservation_id = m.reservation_id;
end;
$$;

comment on function absurd._note_moves(uuid[]) is
  'To be called before priorities change: what is reserved may then lie anywhere. Takes the rows of reservations, so before '
  'those of tasks.';

create or replace function absurd._lock_with_reservations(p_task_ids uuid[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_queue_names constant text[] := absurd._stop_reserving(p_task_ids);
  v_now constant timestamptz := absurd.clock();
  v_ids constant bigint[] := array(
    select r.reservation_id
    from absurd.reservations as r
    where r.queue_name = any (v_queue_names) and exists (
      select from unnest(r.task_ids) as u (id) where u.id in (select i.id from unnest(p_task_ids) as i (id))
    )
    order by r.reservation_id
    for update
  );
  v_reservation absurd.reservations;
begin
  perform absurd._lock_tasks(absurd._descendants(p_task_ids));
  for v_reservation in
    select r.* from absurd.reservations as r where r.reservation_id = any (v_ids) order by r.reservation_id
  loop
    perform absurd._claim_reserved(v_reservation, p_task_ids, false, v_now);
  end loop;
end;
$$;

comment on function absurd._lock_with_reservations(uuid[]) is
  'Locks tasks that are to be cancelled, and what depends on them. Those that are reserved are claimed first, as somebody '
  'may run them: so their worker is told, and an attempt that begins later has another number.';

create or replace function absurd._pick_behind_reserved(p_queue_name text, p_share int, p_now timestamptz)
returns absurd._picked
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_end constant absurd.claim_hints := absurd._end_of_reservations(p_queue_name);
  v_picked absurd._picked;
begin
  if absurd._is_fresh_end(v_end, p_now) then
    v_picked := absurd._pick_behind(v_end, p_share, absurd._reserved(array[p_queue_name], v_end.priorities[1]));
  end if;
  if cardinality(v_picked.task_ids) < p_share then
    return null; -- they are taken by the look from the start, which locks them once more
  end if;
  return v_picked;
end;
$$;

comment on function absurd._pick_behind_reserved(text, int, timestamptz) is
  'Locks the best ready tasks behind what is reserved, instead of going through all of that; null where fewer than p_share '
  'are there, or nobody looked before it for a while.';
