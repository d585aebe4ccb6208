-- Where to look for more to reserve: behind what is reserved, or behind a hint; and for how long one may leave out what
-- lies before.

create or replace function absurd._end_of_reservations(p_queue_name text)
returns absurd.claim_hints
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_hint absurd.claim_hints;
begin
  select
    p_queue_name, '', (array_agg(r.low_priority order by r.low_priority, r.last_id desc))[:1],
    (array_agg(r.last_id order by r.low_priority, r.last_id desc))[:1], max(r.looked_at), max(r.dead_entries)
  into v_hint
  from absurd.reservations as r
  where r.queue_name = p_queue_name and r.parent_id is null;
  return v_hint;
end;
$$;

comment on function absurd._end_of_reservations(text) is
  'Where what is reserved of a queue ends, as a hint: nothing of a lower priority is reserved, and nothing of the same '
  'behind it, unless priorities were changed (is_moved).';

create or replace function absurd._is_fresh_end(p_end absurd.claim_hints, p_now timestamptz)
returns boolean
language sql
stable
as $$
  select coalesce(
    p_end.priorities[1] > -2147483648 -- which every hint ends with
      and p_now - p_end.looked_at >= interval '0'
      and p_now - p_end.looked_at < greatest(absurd._walk_time(p_end.dead_entries), interval '1 second'),
    false
  );
$$;

comment on function absurd._is_fresh_end(absurd.claim_hints, timestamptz) is
  'Whether one may look behind the end of reservations only, because somebody looked before it a moment ago.';

create or replace function absurd._least_behind(p_hint absurd.claim_hints, p_limit int, p_now timestamptz)
returns int
language sql
stable
as $$
  select case when p_now < p_hint.looked_at + absurd._walk_time(p_hint.dead_entries) then 1 else p_limit end;
$$;

comment on function absurd._least_behind(absurd.claim_hints, int, timestamptz) is
  'With how many tasks behind a hint who asked for p_limit is content: with fewer only while another look from the start '
  'would come too soon.';

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
  v_newest bigint;
  v_task_ids uuid[];
begin
  if v_dead > absurd._many_dead_entries(p_limit) then
    v_dead := v_dead - absurd._count_ready_reserved(array[p_queue_name]);
  end if;
  if v_dead > absurd._many_dead_entries(p_limit) then
    select r.reservation_id
    into v_newest
    from absurd.reservations as r
    where r.queue_name = p_queue_name and r.parent_id is null
    order by r.reservation_id desc
    limit 1
    for no key update skip locked; -- who holds it may wait for what this call has freed
    -- Not in one statement: a plan may ask once more for each row, and what is changed already would be skipped then.
    update absurd.reservations as r
    set dead_entries = v_dead
    where r.reservation_id = v_newest
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
    where r.queue_name = p_hint.queue_name and r.parent_id is null
    order by r.reservation_id desc
    limit 1
  ), p_hint.looked_at, p_hint.dead_entries);
end;
$$;

comment on function absurd._move_hint_behind(absurd.claim_hints) is 'Moves a hint behind what was just reserved.';
