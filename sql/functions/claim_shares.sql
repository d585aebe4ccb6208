-- Shares of a claim while limits apply. The upper bound is exact: claims under a limit stand in line at its advisory
-- lock, taken in the order of the keys, and count in a statement after the lock, which sees all that those before them
-- have committed.

create or replace function absurd._limited_shares(
  p_queue_names text[],
  p_task_names text[],
  p_limit int,
  p_limits absurd._room[],
  p_now timestamptz
)
returns int[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rooms absurd._room[] := absurd._rooms(p_limits, p_limit, p_now);
  v_shares int[] := array_fill(0, array[cardinality(p_queue_names)]);
  v_caps int[];
  v_lane int;
  v_left int := p_limit;
begin
  -- Without a lock first: whoever finds nothing ready, or no room, stands in nobody's way.
  v_caps := absurd._lane_caps(p_queue_names, p_task_names, p_limit, v_rooms);
  v_caps := array(
    select case when l.lane in (
      select h.lane from absurd._ready_heads(p_queue_names, p_task_names, array(
        select least(c.cap, 1) from unnest(v_caps) with ordinality as c (cap, lane) order by c.lane
      )) as h
    ) then l.cap else 0 end
    from unnest(v_caps) with ordinality as l (cap, lane)
    order by l.lane
  );
  if 0 = all (v_caps) then
    return v_shares;
  end if;
  perform absurd._lock_limits(p_queue_names, p_task_names, v_caps, v_rooms);
  -- Only now is the count sure. Lanes that looked full stay out: not all of their limits were locked.
  v_rooms := absurd._rooms(p_limits, p_limit, p_now);
  v_caps := array(
    select least(o.cap, n.cap)
    from unnest(v_caps) with ordinality as o (cap, lane)
    join unnest(absurd._lane_caps(p_queue_names, p_task_names, p_limit, v_rooms)) with ordinality as n (cap, lane)
      on n.lane = o.lane
    order by o.lane
  );
  for v_lane in
    select h.lane
    from absurd._ready_heads(p_queue_names, p_task_names, v_caps) as h
    order by h.priority desc, h.task_id
  loop
    exit when v_left = 0;
    continue when (
      absurd._lane_caps(p_queue_names[v_lane:v_lane], p_task_names[v_lane:v_lane], 1, v_rooms)
    ) = array[0];
    v_shares[v_lane] := v_shares[v_lane] + 1;
    v_left := v_left - 1;
    v_rooms := absurd._with_less_room(v_rooms, p_queue_names[v_lane], p_task_names[v_lane]);
  end loop;
  return v_shares;
end;
$$;

comment on function absurd._limited_shares(text[], text[], int, absurd._room[], timestamptz) is
  'How many of p_limit tasks to take from each lane, the best first, so that no limit is exceeded. Holds the locks of '
  'the limits that matter until the end of the transaction. Raises 25001 outside READ COMMITTED.';

create or replace function absurd._rooms(p_limits absurd._room[], p_limit int, p_now timestamptz)
returns absurd._room[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select (
      u.queue_name, u.task_name,
      case
        when l.max_claims is null then p_limit
        else greatest(
          l.max_claims - absurd._claims_under(l.queue_name, l.task_name, l.max_claims, p_now), 0
        )
      end
    )::absurd._room
    from unnest(p_limits) as u
    left join absurd.limits as l on l.queue_name = u.queue_name and l.task_name = u.task_name
  );
end;
$$;

comment on function absurd._rooms(absurd._room[], int, timestamptz) is
  'How many more claims each limit allows, as of this statement; p_limit for one that was removed meanwhile.';

create or replace function absurd._lane_caps(
  p_queue_names text[],
  p_task_names text[],
  p_limit int,
  p_rooms absurd._room[]
)
returns int[]
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select least(p_limit, (
      select min(r.room)
      from unnest(p_rooms) as r
      where absurd._is_under(r.queue_name, r.task_name, l.queue_name, l.task_name)
    ))
    from unnest(p_queue_names, p_task_names) with ordinality as l (queue_name, task_name, lane)
    order by l.lane
  );
end;
$$;

comment on function absurd._lane_caps(text[], text[], int, absurd._room[]) is
  'How many tasks could be taken from each lane if from no other: p_limit, or less if a limit has less room.';

create or replace function absurd._lock_limits(
  p_queue_names text[],
  p_task_names text[],
  p_caps int[],
  p_rooms absurd._room[]
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key bigint;
begin
  perform absurd._require_read_committed();
  -- By key and not by name: the order then holds even should two names share a key.
  for v_key in
    select distinct absurd._limit_key(r.queue_name, r.task_name)
    from unnest(p_rooms) as r
    join unnest(p_queue_names, p_task_names, p_caps) as l (queue_name, task_name, cap)
      on l.cap > 0 and absurd._is_under(r.queue_name, r.task_name, l.queue_name, l.task_name)
    order by 1
  loop
    perform pg_advisory_xact_lock(v_key);
  end loop;
end;
$$;

comment on function absurd._lock_limits(text[], text[], int[], absurd._room[]) is
  'Locks the limits that lanes with a cap above 0 are under, in the order of their keys.';

create or replace function absurd._with_less_room(p_rooms absurd._room[], p_queue_name text, p_task_name text)
returns absurd._room[]
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select (
      r.queue_name, r.task_name,
      r.room - coalesce(absurd._is_under(r.queue_name, r.task_name, p_queue_name, p_task_name), false)::int
    )::absurd._room
    from unnest(p_rooms) as r
  );
end;
$$;

comment on function absurd._with_less_room(absurd._room[], text, text) is 'The room left after one more claim of a lane.';
