-- Following the log of events.

create or replace function absurd.event_cursor(p_since timestamptz default null)
returns bigint
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  select coalesce(
    (
      select i.first_position - 1
      from (
        select o.first_position, o.event_ids, o.sizes
        from absurd.event_pages as o
        where o.newest_at >= p_since
        order by o.newest_at, o.first_position
        limit 1
      ) as p
      cross join lateral absurd._rows_of_page(p.first_position, p.event_ids, p.sizes) as i
      join absurd.event_batches as e on e.event_id = i.event_id
      where e.created_at >= p_since
      order by i.first_position
      limit 1
    ),
    (select l.last_position from absurd.event_log as l)
  );
$$;

comment on function absurd.event_cursor(timestamptz) is
  'The cursor before the first event that happened at p_since or later; without p_since (or when there is none): the end '
  'of the log. A transaction that is committed late can put events of before p_since behind it.';

create or replace function absurd.read_events(
  p_cursor bigint default null,
  p_filter jsonb default '{}',
  p_limit int default 1000
)
returns table (cursor bigint, last_cursor bigint, events jsonb)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
#variable_conflict use_column
declare
  v_filter constant jsonb := jsonb_strip_nulls(coalesce(p_filter, '{}'));
  v_last bigint;
  v_first bigint;
  v_after bigint;
  v_until bigint;
begin
  perform absurd._check_keys(v_filter, array[
    'queue_name', 'task_id', 'task_name', 'workflow_id', 'kind'
  ], 'The filter');
  if p_limit is null or p_limit not between 1 and 10000 then
    perform absurd._raise('22023', format('limit must be a number from 1 to 10000: %s', p_limit));
  end if;
  select l.last_position into v_last from absurd.event_log as l;
  select coalesce(min(p.first_position), v_last + 1) into v_first from absurd.event_pages as p;
  v_after := coalesce(p_cursor, v_first - 1);
  if v_after < v_first - 1 then
    perform absurd._raise('TQ009', format('The events after cursor %s are forgotten up to %s', v_after, v_first - 1),
      'Retention has deleted them: read what you follow anew, and go on from the end of the log.');
  elsif v_after > v_last then
    perform absurd._raise('TQ009', format('Cursor %s is ahead of the log, which ends at %s', v_after, v_last),
      'It is of another database, or this one was restored: read what you follow anew, and go on from the end.');
  end if;
  v_until := least(v_after + p_limit, v_last);
  return query select v_until, v_last, absurd._event_documents(v_after, v_until, v_filter);
end;
$$;

comment on function absurd.read_events(bigint, jsonb, int) is
  'The events after p_cursor (null: the oldest kept), as far as stamp_events has come. Looks at p_limit of them and '
  'returns as events those that the filter {queue_name, task_id, task_name, workflow_id, kind} lets through, cursor: where to go '
  'on, last_cursor: the end of the log. Raises TQ009 when retention was faster or the cursor is of another log, 22023.';

create or replace function absurd._event_documents(p_after bigint, p_until bigint, p_filter jsonb)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    with page as materialized (
      select p.first_position, p.event_ids, p.sizes
      from absurd.event_pages as p
      where p.first_position <= p_until
        and p.first_position >= (
          select max(f.first_position) from absurd.event_pages as f where f.first_position <= p_after + 1
        )
    ), wanted as materialized (
      -- Which of its events are asked for, counted from 1.
      select
        r.event_id, r.first_position,
        greatest(p_after + 2 - r.first_position, 1)::int as low,
        least(p_until + 1 - r.first_position, r.size)::int as high
      from page as p
      cross join lateral absurd._rows_of_page(p.first_position, p.event_ids, p.sizes) as r
      where r.first_position <= p_until and r.first_position + r.size > p_after + 1
    )
    select coalesce(jsonb_agg(
      jsonb_build_object('cursor', v.position::text, 'created_at', e.created_at, 'kind', e.kind,
        'queue_name', e.queue_name, 'task_id', v.task_id, 'task_name', e.task_name, 'workflow_id', e.workflow_id,
        'attempt', v.attempt, 'status', e.status, 'detail', e.detail)
      order by v.position
    ), '[]')
    from wanted as w
    -- One look-up each: the planner would guess that the array holds the whole table.
    cross join lateral (select o.* from absurd.event_batches as o where o.event_id = w.event_id offset 0) as e
    left join lateral unnest(e.task_ids[w.low:w.high], e.attempts[w.low:w.high])
      with ordinality as t (task_id, attempt, nth) on true
    cross join lateral (
      select
        w.first_position + w.low - 2 + coalesce(t.nth, 1) as position,
        coalesce(t.task_id, e.task_id) as task_id,
        coalesce(t.attempt, e.attempt) as attempt
    ) as v
    where (not p_filter ? 'queue_name' or e.queue_name = p_filter ->> 'queue_name')
      and (not p_filter ? 'task_id' or v.task_id = (p_filter ->> 'task_id')::uuid)
      and (not p_filter ? 'task_name' or e.task_name = p_filter ->> 'task_name')
      and (not p_filter ? 'workflow_id' or e.workflow_id = (p_filter ->> 'workflow_id')::uuid)
      and (not p_filter ? 'kind' or e.kind = p_filter ->> 'kind')
  );
end;
$$;

comment on function absurd._event_documents(bigint, bigint, jsonb) is
  'The events of the positions after p_after up to p_until that a filter lets through.';

create or replace function absurd.set_queue_events(p_queue_name text, p_keep boolean)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_now constant timestamptz := absurd.clock();
begin
  perform absurd._require_name(p_queue_name, 'queue_name');
  if p_keep is null then
    perform absurd._raise('22023', 'keep must be true or false');
  end if;
  perform absurd._ensure_queues(array[p_queue_name], v_now);
  update absurd.queues as q
  set keeps_events = p_keep
  where q.queue_name = p_queue_name and q.keeps_events <> p_keep;
end;
$$;

comment on function absurd.set_queue_events(text, boolean) is
  'Whether the changes of a queue''s tasks and workflows are told as events from now on (they are, unless told '
  'otherwise). Raises 22023.';
