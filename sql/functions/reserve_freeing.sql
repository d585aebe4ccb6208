-- Reserving the children of a completed task that has very many, instead of freeing them first. They stay blocked until
-- they complete or are claimed, so each is written once and not twice: freeing one took the server nearly as long as
-- completing it. What a worker gives back is to be freed again.

create or replace function absurd._reserve_freeing(
  p_worker_id text, p_queue_name text, p_parent_id uuid, p_task_ids uuid[], p_priority int, p_settings jsonb,
  p_now timestamptz
)
returns setof absurd._alike
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
#variable_conflict use_column
declare
  v_made constant absurd.reservations := absurd._make_reservation(
    p_worker_id, (p_queue_name, '', '{}', '{}', p_now, 0)::absurd.claim_hints, p_task_ids, p_priority, p_priority,
    p_parent_id, p_settings
  );
begin
  return query
    select
      t.queue_name, t.task_name, t.priority, t.attempt + 1, t.workflow_id, t.failures, v_made.max_retries,
      v_made.timeout_sec, false, array_agg(t.task_id), json_agg(t.params),
      json_agg(t.step_name) filter (where t.workflow_id is not null),
      absurd._inputs_of_alike(array_agg(t.task_id), t.workflow_id, t.depth), v_made.reservation_id
    from unnest(v_made.task_ids) as u (task_id)
    cross join lateral (
      select
        c.task_id, c.queue_name, c.task_name, c.priority, c.attempt, c.workflow_id, c.failures, c.depth, c.params,
        c.step_name
      from absurd.tasks as c
      where c.task_id = u.task_id
      offset 0
    ) as t
    group by t.queue_name, t.task_name, t.priority, t.attempt, t.workflow_id, t.failures, t.depth;
end;
$$;

comment on function absurd._reserve_freeing(text, text, uuid, uuid[], int, jsonb, timestamptz) is
  'Reserves children of a task that _find_freeing has found, and nothing names any more. Returns what _reserve_behind '
  'does.';

create or replace function absurd._find_freeing(
  p_queue_name text,
  p_limit bigint,
  p_now timestamptz,
  out parent_id uuid,
  out first_ids uuid[],
  out task_ids uuid[],
  out next_id uuid,
  out priority int
)
returns record
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
declare
  v_is_fine boolean;
begin
  -- The table is asked as in _find_ready.
  if p_limit < 1 or exists (select from absurd.dying_claims as d where d.tableoid <> 0) then
    return;
  end if;
  select f.parent_id
  into parent_id
  from absurd.freeing as f
  cross join lateral (
    select t.queue_name from absurd.tasks as t where t.task_id = f.first_id offset 0
  ) as c
  where c.queue_name = p_queue_name
  order by f.parent_id, f.first_id
  limit 1
  for update of f skip locked;
  if not found then
    return;
  end if;
  with rows as materialized (
    select f.parent_id, f.first_id, f.last_id
    from absurd.freeing as f
    where f.parent_id = _find_freeing.parent_id
    order by f.first_id
    limit 20 + p_limit / absurd._free_at_once() -- of those that were given back a row may name one only
    for update skip locked
  ), children as materialized (
    select e.task_id, t.priority, t.depth, t.is_fine
    from rows as r
    cross join lateral absurd._edges_between(r.parent_id, r.first_id, r.last_id) as e
    cross join lateral (
      select
        c.priority, c.depth,
        -- Nothing else blocks it, now or later.
        c.queue_name = p_queue_name and c.open_parents = 1 and c.run_at <= p_now and absurd._can_be_reserved(c)
          as is_fine
      from absurd.tasks as c
      where c.task_id = e.task_id and c.state = 'blocked'
      offset 0
    ) as t
    where not e.satisfied
    limit p_limit + 1
  )
  select
    array_agg(c.task_id), min(c.priority), bool_and(c.is_fine) and min(c.priority) = max(c.priority)
      and min(c.depth) = max(c.depth), array(select r.first_id from rows as r)
  into task_ids, priority, v_is_fine, first_ids
  from children as c;
  next_id := task_ids[p_limit + 1];
  task_ids := case when v_is_fine then task_ids[:p_limit] end;
end;
$$;

comment on function absurd._find_freeing(text, bigint, timestamptz) is
  'Up to p_limit children of one task that are to be freed, one of them in the queue, the next one, and what names them in '
  'absurd.freeing (first_ids), locked. task_ids is null where there are none, one of them cannot be reserved or is '
  'blocked by others, too, or they differ in priority or depth. They are not locked: nobody else takes the only edge off '
  'that blocks them, and who cancels them holds off who reserves. Callers are the only ones to pick from the queue.';

create or replace function absurd._goes_before_ready(p_queue_name text)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
declare
  v_priority int;
begin
  select c.priority
  into v_priority
  from absurd.freeing as f
  cross join lateral (
    select t.queue_name, t.priority from absurd.tasks as t where t.task_id = f.first_id offset 0
  ) as c
  where c.queue_name = p_queue_name
  order by f.parent_id, f.first_id
  limit 1;
  return exists (
    select from absurd.tasks as t where t.queue_name = p_queue_name and t.state = 'ready' and t.priority < v_priority
  );
end;
$$;

comment on function absurd._goes_before_ready(text) is
  'Whether something ready of a queue has a lower priority than the first child that is to be freed there.';

create or replace function absurd._shorten_freeing(p_parent_id uuid, p_first_ids uuid[], p_next_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
begin
  delete from absurd.freeing as f
  where f.parent_id = p_parent_id and f.first_id = any (p_first_ids) and (p_next_id is null or f.last_id < p_next_id);
  update absurd.freeing as f
  set first_id = p_next_id
  where f.parent_id = p_parent_id and f.first_id = any (p_first_ids)
    and f.first_id < p_next_id and f.last_id >= p_next_id;
end;
$$;

comment on function absurd._shorten_freeing(uuid, uuid[], uuid) is
  'Takes children of a task off what is to be freed, which locked rows name: those before p_next_id, or all of them.';

create or replace function absurd._free_again(p_parent_id uuid, p_task_ids uuid[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into absurd.freeing (parent_id, first_id, last_id)
  select p_parent_id, (array_agg(g.task_id order by g.nth))[1], (array_agg(g.task_id order by g.nth desc))[1]
  from (
    -- Those that follow each other have the same difference.
    select c.task_id, c.nth, c.nth - row_number() over (order by c.nth) as island
    from (
      select e.task_id, row_number() over (order by e.task_id) as nth
      from absurd._edges_between(p_parent_id, p_task_ids[1], p_task_ids[cardinality(p_task_ids)]) as e
    ) as c
    where c.task_id in (select t.id from unnest(p_task_ids) as t (id))
  ) as g
  group by g.island;
end;
$$;

comment on function absurd._free_again(uuid, uuid[]) is
  'Has children of a task freed that were reserved instead, and are not any more: in the order of their ids. Those that '
  'follow each other become one row, so no other child lies in it.';
