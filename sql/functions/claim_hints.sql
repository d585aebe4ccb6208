-- Where a claim begins to look while an old snapshot is held (a long pg_dump, a forgotten transaction). What was
-- claimed since that snapshot stays in front of the index of ready tasks: no vacuum may remove it, no scan may mark it
-- as dead, and each claim would walk over all of it. So a claim that walked over much leaves a hint for those after it:
-- of each priority that it claimed, the last task.
--
-- What is guaranteed while a hint is in force: tasks that come behind the hint are claimed in order, higher priority
-- first, then age. Those before it became ready late (a retry, a child that was unblocked, a task that was due or whose
-- spawn committed late, a change of priority); they are found by the next claim that looks from the start of the index,
-- whatever their priority. That is one a second, or, where it takes long to walk over the dead entries, one in ten
-- times what that takes (ten seconds at most); a claim that would otherwise come back with nothing; and one that would
-- come back with less than it asked for, unless the last look is less than ten times ago what it took. Of many that
-- find a hint old one looks, and the others go by it: the workers that a burst wakes would each walk over all that the
-- burst before left. Without dead entries there is no hint. Only for claims of one lane: those of several compare what
-- is ready in each beforehand.

create or replace function absurd._ready_read(p_task_name text)
returns bigint
language sql
volatile
as $$
  -- A page counts as eight entries: a scan passes by those that are marked as dead without reading them, but has to go
  -- through their pages, of which a drain of 100,000 tasks leaves a thousand until the next vacuum.
  select pg_stat_get_xact_tuples_returned(i.ready) + 8 * pg_stat_get_xact_blocks_fetched(i.ready)
  from (
    select case
      when p_task_name is null then 'absurd.tasks_ready'::regclass
      else 'absurd.tasks_ready_by_name'::regclass
    end as ready
  ) as i;
$$;

comment on function absurd._ready_read(text) is
  'How much this transaction has read of the index that serves a lane, in entries, those of no use included.';

create or replace function absurd._many_dead_entries(p_share int)
returns bigint
language sql
immutable
as $$
  -- Walking over so many takes at most a tenth of what the rest of the claim does. They are counted instead of
  -- measuring the time, so that a machine that is busy makes no hints.
  select 1000 + 4 * p_share::bigint;
$$;

comment on function absurd._many_dead_entries(int) is
  'From how many dead entries on a claim of so many tasks leaves a hint, or moves it on.';

create or replace function absurd._walk_time(p_dead_entries bigint)
returns interval
language sql
immutable
as $$
  -- An entry takes a third of a microsecond.
  select make_interval(secs => least(p_dead_entries * 3e-6, 10));
$$;

comment on function absurd._walk_time(bigint) is
  'Ten times what walking over so many dead entries takes, ten seconds at most: a claim in such a time may do it.';

create or replace function absurd._try_hints()
returns boolean
language sql
volatile
as $$
  select pg_try_advisory_xact_lock(hashtextextended('absurd claim hints', 0));
$$;

comment on function absurd._try_hints() is 'Only one claim at a time writes hints, and nobody waits for it.';

create or replace function absurd._try_look(p_hint absurd.claim_hints, p_life interval, p_now timestamptz)
returns boolean
language sql
volatile
as $$
  -- A lock of its own for each life of the hint: who never ends holds up only those of his.
  select pg_try_advisory_xact_lock(hashtextextended(format(
    'absurd look %s %s %s', p_hint.queue_name, p_hint.task_name,
    floor(extract(epoch from p_now) / extract(epoch from p_life))
  ), 0));
$$;

comment on function absurd._try_look(absurd.claim_hints, interval, timestamptz) is
  'Whether the caller is to look from the start, where the hint is old: one at a time, until the end of the transaction, '
  'but for no longer than p_life.';

drop function if exists absurd._pick_by_hint(absurd.claim_hints, int);
create or replace function absurd._pick_by_hint(p_hint absurd.claim_hints, p_share int)
returns absurd._picked
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_age constant interval := v_now - p_hint.looked_at;
  v_walk constant interval := absurd._walk_time(p_hint.dead_entries);
  v_life constant interval := greatest(v_walk, interval '1 second');
  v_read bigint := absurd._ready_read(nullif(p_hint.task_name, ''));
  v_taken uuid[];
  v_picked absurd._picked;
begin
  if v_age < interval '0' or v_age >= v_life and absurd._try_look(p_hint, v_life, v_now) then
    return null;
  end if;
  v_taken := absurd._reserved(array[p_hint.queue_name]);
  if p_hint.task_name = '' then
    v_picked := absurd._pick_behind(p_hint, p_share, v_taken);
  else
    v_picked := absurd._pick_named_behind(p_hint, p_share, v_taken);
  end if;
  if v_picked.task_ids is null or cardinality(v_picked.task_ids) < p_share and v_age >= v_walk then
    return null; -- they are taken by the look from the start, which locks them once more
  end if;
  v_read := absurd._ready_read(nullif(p_hint.task_name, '')) - v_read - cardinality(v_picked.task_ids);
  if v_read > absurd._many_dead_entries(p_share) then
    perform absurd._move_hint(p_hint, v_picked.task_ids, p_hint.looked_at, p_hint.dead_entries);
  end if;
  return v_picked;
end;
$$;

comment on function absurd._pick_by_hint(absurd.claim_hints, int) is
  'Locks the best ready tasks behind the hint, p_share at most, and moves it on; null if the caller is to look from the '
  'start instead. Returns what _pick does.';

create or replace function absurd._keep_hint(
  p_queue_name text, p_task_name text, p_share int, p_task_ids uuid[], p_dead_entries bigint, p_hint absurd.claim_hints
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_hint absurd.claim_hints := p_hint;
begin
  if not absurd._try_hints() then
    return;
  elsif p_dead_entries <= absurd._many_dead_entries(p_share) then
    delete from absurd.claim_hints as h
    where h.queue_name = p_queue_name and h.task_name = coalesce(p_task_name, '');
    return;
  elsif v_hint.queue_name is null then
    if p_task_ids is null then
      return; -- nothing to begin after
    end if;
    v_hint := (p_queue_name, coalesce(p_task_name, ''), '{}', '{}', null, null);
  end if;
  perform absurd._move_hint(v_hint, p_task_ids, absurd.clock(), p_dead_entries);
end;
$$;

comment on function absurd._keep_hint(text, text, int, uuid[], bigint, absurd.claim_hints) is
  'After a look from the start: makes or renews the hint of the lane, or removes it if there was little to walk over.';

create or replace function absurd._move_hint(
  p_hint absurd.claim_hints, p_task_ids uuid[], p_looked_at timestamptz, p_dead_entries bigint
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_priorities int[];
  v_task_ids uuid[];
begin
  if not absurd._try_hints() then
    return;
  end if;
  -- Of a priority that was claimed now the last task, were it older than what the hint said: others may follow it.
  select array_agg(n.priority order by n.priority desc), array_agg(n.task_id order by n.priority desc)
  into v_priorities, v_task_ids
  from (
    -- Not more, because each costs two scans; below them claims begin at the start.
    select distinct on (m.priority) m.priority, m.task_id
    from (
      select t.priority, t.task_id, true as is_new
      from unnest(p_task_ids) as p (task_id)
      join absurd.tasks as t on t.task_id = p.task_id
      where t.priority > -2147483648 -- which every hint ends with
      union all
      select o.priority, o.task_id, false
      from unnest(p_hint.priorities, p_hint.task_ids) as o (priority, task_id)
    ) as m
    order by m.priority desc, m.is_new desc, m.task_id desc
    limit 20
  ) as n;
  insert into absurd.claim_hints (queue_name, task_name, priorities, task_ids, looked_at, dead_entries)
  values (p_hint.queue_name, p_hint.task_name, v_priorities, v_task_ids, p_looked_at, p_dead_entries)
  on conflict (queue_name, task_name) do update
  set priorities = excluded.priorities, task_ids = excluded.task_ids, looked_at = excluded.looked_at,
    dead_entries = excluded.dead_entries;
end;
$$;

comment on function absurd._move_hint(absurd.claim_hints, uuid[], timestamptz, bigint) is
  'Writes where the next claims of the lane are to begin: after the tasks that this one takes. Not while another claim '
  'writes hints.';
