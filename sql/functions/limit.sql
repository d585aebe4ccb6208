-- Limits on how many claims there may be at a time: of a queue, of a task name, of a name within a queue, or of all. A
-- cancelled claim counts until its processes are known to be gone. How claims keep to them: claim_limits.sql.

create or replace function absurd.set_limit(
  p_max_claims int,
  p_queue_name text default null,
  p_task_name text default null
)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_queue_name constant text := coalesce(p_queue_name, '');
  v_task_name constant text := coalesce(p_task_name, '');
begin
  if p_queue_name is not null then
    perform absurd._require_name(p_queue_name, 'queue_name');
  end if;
  if p_task_name is not null then
    perform absurd._require_name(p_task_name, 'task_name');
  end if;
  if p_max_claims < 0 then
    perform absurd._raise('22023', format('max_claims must not be negative: %s', p_max_claims));
  end if;
  perform absurd._require_read_committed();
  perform pg_advisory_xact_lock(absurd._limit_key(v_queue_name, v_task_name));
  if p_max_claims is null then
    delete from absurd.limits as l where l.queue_name = v_queue_name and l.task_name = v_task_name;
  else
    insert into absurd.limits (queue_name, task_name, max_claims, created_at)
    values (v_queue_name, v_task_name, p_max_claims, v_now)
    on conflict (queue_name, task_name) do update set max_claims = excluded.max_claims;
    if p_queue_name is not null then
      perform absurd._ensure_queues(array[p_queue_name], v_now);
    end if;
  end if;
  perform pg_notify('absurd_tasks', q.queue_name)
  from absurd.queues as q
  where p_queue_name is null or q.queue_name = p_queue_name;
end;
$$;

comment on function absurd.set_limit(int, text, text) is
  'Allows at most p_max_claims claims at a time: of a queue, of a task name across queues, of a name within a queue, or '
  '(both null) of everything. 0 holds all back; null removes the limit. Claims that were made before, or are being made '
  'just now without it, go on. Raises 22023, and 25001 outside READ COMMITTED.';

create or replace function absurd.list_limits()
returns table (queue_name text, task_name text, max_claims int, claims int, dying int)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  select nullif(l.queue_name, ''), nullif(l.task_name, ''), l.max_claims, c.claims, c.dying
  from absurd.limits as l
  cross join lateral (
    select
      (
        select count(*)::int
        from absurd.tasks as t
        where t.status = 'claimed' and absurd._is_under(l.queue_name, l.task_name, t.queue_name, t.task_name)
      ) as claims,
      (
        select count(*)::int
        from absurd.dying_claims as d
        where absurd._is_under(l.queue_name, l.task_name, d.queue_name, d.task_name)
          and d.lease_ends_at > absurd.clock()
      ) as dying
  ) as c
  order by l.queue_name, l.task_name;
$$;

comment on function absurd.list_limits() is
  'The limits: queue and task name (null: any), how many claims may be, how many are, and how many cancelled ones still '
  'have processes and count as well.';

create or replace function absurd._limit_key(p_queue_name text, p_task_name text)
returns bigint
language sql
immutable
as $$
  select hashtextextended('absurd limit ' || p_queue_name || e'\n' || p_task_name, 0);
$$;

comment on function absurd._limit_key(text, text) is
  'The advisory lock of a limit; names have no control characters, so no two limits have the same text.';

create or replace function absurd._is_under(
  p_limit_queue text,
  p_limit_task text,
  p_queue_name text,
  p_task_name text
)
returns boolean
language sql
immutable
as $$
  select (p_limit_queue = '' or p_limit_queue = p_queue_name) and (p_limit_task = '' or p_limit_task = p_task_name);
$$;

comment on function absurd._is_under(text, text, text, text) is 'Whether a limit counts tasks of this queue and name.';

create or replace function absurd._claims_under(
  p_limit_queue text,
  p_limit_task text,
  p_max_claims int,
  p_now timestamptz
)
returns int
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_dying constant int := (
    select count(*)
    from absurd.dying_claims as d
    where absurd._is_under(p_limit_queue, p_limit_task, d.queue_name, d.task_name) and d.lease_ends_at > p_now
  );
begin
  -- No more is counted than matters.
  return v_dying + (
    select count(*)
    from (
      select
      from absurd.tasks as t
      where t.status = 'claimed' and absurd._is_under(p_limit_queue, p_limit_task, t.queue_name, t.task_name)
      limit p_max_claims
    ) as c
  );
end;
$$;

comment on function absurd._claims_under(text, text, int, timestamptz) is
  'How many claims, also dying ones, a limit counts; counts live ones up to p_max_claims only. Volatile, so that each '
  'call sees what was committed before it, also while its caller waited for a lock.';

create or replace function absurd._is_full(p_queue_name text, p_task_name text, p_now timestamptz)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
    from absurd.limits as l
    where absurd._is_under(l.queue_name, l.task_name, p_queue_name, p_task_name)
      and absurd._claims_under(l.queue_name, l.task_name, l.max_claims, p_now) >= l.max_claims
  );
end;
$$;

comment on function absurd._is_full(text, text, timestamptz) is
  'Whether a limit holds tasks of this queue and name back just now.';

create or replace function absurd._held_by_limits(p_queue_name text)
returns int
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := absurd.clock();
begin
  if not exists (select from absurd.limits as l where l.queue_name in ('', p_queue_name)) then
    return 0;
  end if;
  return (
    select coalesce(sum(r.ready), 0)
    from (
      select n.task_name, sum(n.change) as ready
      from absurd.task_counts as n
      where n.queue_name = p_queue_name and n.state = 'ready'
      group by n.task_name
      having sum(n.change) > 0
      offset 0 -- the limits are looked at once for each name, not for each change
    ) as r
    where absurd._is_full(p_queue_name, r.task_name, v_now)
  );
end;
$$;

comment on function absurd._held_by_limits(text) is 'How many ready tasks of a queue wait because a limit is reached.';
