-- The one statement that reserves: it finds the tasks, names them in a row, and returns what their worker has to know.

drop function if exists absurd._reserve_behind(text, absurd.claim_hints, int, int, jsonb);
create or replace function absurd._reserve_behind(
  p_worker_id text, p_hint absurd.claim_hints, p_above int, p_limit int, p_least int, p_settings jsonb
)
returns setof absurd._alike
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
-- For the same reason as in _pick_from_lanes.
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
#variable_conflict use_column
declare
  v_taken constant uuid[] := absurd._reserved(array[p_hint.queue_name], p_above);
begin
  return query
    with found as materialized (
      -- As in _pick_behind, but for the locks: nobody else picks meanwhile.
      select f.*
      from absurd._hint_ranges(p_hint) as m
      cross join lateral (
        select a.*
        from (
          select
            t.task_id, t.task_name, t.priority, t.attempt, t.failures, t.params, t.workflow_id, t.step_name, t.depth,
            absurd._can_be_reserved(t) as is_fine
          from absurd.tasks as t
          where t.queue_name = p_hint.queue_name and t.state = 'ready'
            and t.priority > m.priority and t.priority <= m.highest
            and t.task_id not in (select k.task_id from unnest(v_taken) as k (task_id))
          order by t.priority desc, t.task_id
          limit p_limit
        ) as a
        union all
        select a.*
        from (
          select
            t.task_id, t.task_name, t.priority, t.attempt, t.failures, t.params, t.workflow_id, t.step_name, t.depth,
            absurd._can_be_reserved(t) as is_fine
          from absurd.tasks as t
          where t.queue_name = any (array[p_hint.queue_name]) and t.state = 'ready'
            and t.priority = m.priority and t.task_id > m.task_id
            and t.task_id not in (select k.task_id from unnest(v_taken) as k (task_id))
          order by t.queue_name, t.task_id
          limit p_limit
        ) as a
      ) as f
      limit p_limit
    ), made as materialized (
      select m.reservation_id, m.max_retries, m.timeout_sec
      from (
        select array_agg(f.task_id) as task_ids, max(f.priority) as highest, min(f.priority) as lowest
        from found as f
        having count(*) >= p_least and bool_and(f.is_fine) and min(f.depth) = max(f.depth)
      ) as g
      cross join lateral absurd._make_reservation(
        p_worker_id, p_hint, g.task_ids, g.highest, g.lowest, null, p_settings
      ) as m
    )
    select
      p_hint.queue_name, f.task_name, f.priority, f.attempt + 1, f.workflow_id, f.failures, m.max_retries,
      m.timeout_sec, f.depth = 0 and f.workflow_id is null, array_agg(f.task_id), json_agg(f.params),
      json_agg(f.step_name) filter (where f.workflow_id is not null),
      case when f.depth > 0 then absurd._inputs_of_alike(array_agg(f.task_id), f.workflow_id, f.depth) end,
      m.reservation_id
    from made as m
    cross join found as f
    group by f.task_name, f.priority, f.attempt, f.workflow_id, f.failures, f.depth, m.reservation_id,
      m.max_retries, m.timeout_sec;
end;
$$;

comment on function absurd._reserve_behind(text, absurd.claim_hints, int, int, int, jsonb) is
  'Reserves up to p_limit ready tasks of a queue, at least p_least, the best first: those that _pick_behind would lock. '
  'None where one of them cannot be reserved, or they differ in depth: those of one depth are completed by one statement, '
  'because the order of their ids is the order of locks, and their children are deeper. Callers hold _picks_key alone. What '
  'is reserved already is left out: with p_above only where it may lie above that priority, as the rest is before the hint.';

create or replace function absurd._make_reservation(
  p_worker_id text, p_hint absurd.claim_hints, p_task_ids uuid[], p_highest int, p_lowest int, p_parent_id uuid,
  p_settings jsonb
)
returns absurd.reservations
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_size constant int := cardinality(p_task_ids);
  v_made absurd.reservations;
begin
  insert into absurd.reservations as r (
    worker_id, queue_name, task_ids, open, top_priority, low_priority, last_id, looked_at, dead_entries, parent_id,
    reserved_at, lease_sec, heartbeat_sec, max_retries, timeout_sec, backoff_base_sec, backoff_cap_sec
  )
  select
    p_worker_id, p_hint.queue_name, p_task_ids, v_size, p_highest, p_lowest, p_task_ids[v_size], p_hint.looked_at,
    p_hint.dead_entries, p_parent_id, absurd.clock(), -- once all that was found is ready
    s.lease_sec, s.heartbeat_sec, s.max_retries, s.timeout_sec, s.backoff_base_sec, s.backoff_cap_sec
  from absurd._terms_of(p_settings) as s
  returning r.* into v_made;
  return v_made;
end;
$$;

comment on function absurd._make_reservation(text, absurd.claim_hints, uuid[], int, int, uuid, jsonb) is
  'Names tasks, all of one depth, in a reservation; returns it. Their highest and lowest priority are told, and the parent '
  'whose children they are if they are still to be freed.';

create or replace function absurd._can_be_reserved(p_task absurd.tasks)
returns boolean
language sql
immutable
as $$
  -- One that was lost while it waited in its worker (not_now_count) is claimed: it may be what ends workers.
  select p_task.not_now_count = 0 and num_nonnulls(p_task.key, p_task.on_complete, p_task.settings) = 0;
$$;

comment on function absurd._can_be_reserved(absurd.tasks) is
  'Whether a task can be reserved: it has no key, sink or settings of its own.';
