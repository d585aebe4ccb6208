-- What a clock left behind that was far ahead for a while: times to come. Nothing that bears one would be forgotten
-- until then, which may be years, so retention takes it for something of now.

create or replace function absurd._correct_ends(p_now timestamptz, p_limit int)
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
  with late as materialized (
    select t.task_id
    from absurd.tasks as t
    where t.finished_at > p_now + interval '1 day'
    limit p_limit
    for no key update skip locked
  )
  update absurd.tasks as t set finished_at = p_now from late as l where t.task_id = l.task_id;
$$;

comment on function absurd._correct_ends(timestamptz, int) is
  'Takes up to p_limit tasks that ended at a time to come for ones that ended now.';

create or replace function absurd._correct_workflows(p_workflow_ids uuid[], p_now timestamptz)
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  with late as materialized (
    select w.workflow_id
    from absurd.workflows as w
    where w.workflow_id = any (p_workflow_ids) and w.finished_at > p_now + interval '1 day'
    for no key update skip locked
  )
  update absurd.workflows as w set finished_at = p_now from late as l where w.workflow_id = l.workflow_id;
$$;

comment on function absurd._correct_workflows(uuid[], timestamptz) is
  'Takes those of the workflows that ended at a time to come for ones that ended now.';

create or replace function absurd._correct_keys(p_now timestamptz, p_limit int)
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
  with late as materialized (
    select k.queue_name, k.kind, k.key
    from (
      select n.queue_name, n.kind, n.key
      from absurd.idempotency_keys as n
      where n.free_at > p_now
      order by n.free_at desc
      limit p_limit
    ) as n
    join absurd.idempotency_keys as k on k.queue_name = n.queue_name and k.kind = n.kind and k.key = n.key
    where k.free_at > p_now + make_interval(secs => k.window_sec) + interval '1 day'
    for update of k skip locked
  )
  update absurd.idempotency_keys as k
  set free_at = p_now + make_interval(secs => k.window_sec)
  from late as l
  where k.queue_name = l.queue_name and k.kind = l.kind and k.key = l.key;
$$;

comment on function absurd._correct_keys(timestamptz, int) is
  'Looks at the p_limit keys that are held for longest, and has the window of those that are held for longer than that '
  'begin now.';

create or replace function absurd._correct_log(p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- All pages after one of a time to come have at least that time: none would go until then.
  update absurd.event_log as l set newest_at = p_now where l.newest_at > p_now;
  if found then
    update absurd.event_pages as p set newest_at = p_now where p.newest_at > p_now;
  end if;
end;
$$;

comment on function absurd._correct_log(timestamptz) is
  'Takes events of a time to come, which a clock made that was set back, for events of now. Callers hold the lock.';
