-- The second half of a spawn: keys, parents, rows.

create or replace function absurd._with_keys(p_specs absurd._task_spec[], p_now timestamptz)
returns absurd._task_spec[]
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(
    (
      s.item, coalesce(k.holder_id, s.task_id), s.queue_name, s.task_name, s.params, s.priority, s.run_at, s.depends_on,
      s.policies, s.key, s.key_window_sec, s.settings, s.dlq_enabled, s.workflow_id, s.step_name, s.depth,
      s.open_parents, s.created and coalesce(k.holder_id = s.task_id, true), coalesce(k.params_differ, false),
      s.outcome, s.message
    )::absurd._task_spec
    order by s.item
  )
  from unnest(p_specs) as s
  left join absurd._take_keys(p_specs, p_now) as k on k.item = s.item;
$$;

comment on function absurd._with_keys(absurd._task_spec[], timestamptz) is
  'Takes the keys of specs; one whose key is held gets the holder''s id and is not created.';

create or replace function absurd._with_parents(p_specs absurd._task_spec[])
returns absurd._task_spec[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_nestloop = off -- but for the look-ups, which can be nothing else
set enable_mergejoin = off
as $$
declare
  v_items int[];
  v_parent_ids uuid[];
  v_policies text[];
begin
  perform absurd._require_read_committed();
  select array_agg(s.item), array_agg(e.parent_id), array_agg(e.policy)
  into v_items, v_parent_ids, v_policies
  from unnest(p_specs) as s
  cross join lateral unnest(s.depends_on, s.policies) as e (parent_id, policy)
  where s.created;
  if v_items is null then
    return p_specs;
  end if;
  -- Nobody can end a parent until our edge to it is committed, and then they see the edge.
  perform 1
  from absurd.tasks as t
  where t.task_id = any (v_parent_ids)
  order by t.depth, t.task_id
  for share;
  return (
    with parents as materialized (
      select
        e.item,
        max(t.depth) + 1 as depth,
        count(*) filter (where not absurd._is_satisfied(t.state, e.policy))::int as open,
        string_agg(e.parent_id::text, ', ') filter (where t.task_id is null) as unknown,
        string_agg(format('%s is %s', e.parent_id, t.state), ', ')
          filter (where e.policy = 'cancel' and t.state in ('failed', 'cancelled')) as bad
      from unnest(v_items, v_parent_ids, v_policies) as e (item, parent_id, policy)
      left join lateral (
        select p.task_id, p.depth, p.state from absurd.tasks as p where p.task_id = e.parent_id offset 0
      ) as t on true
      group by e.item
    )
    select array_agg(
      (
        s.item, s.task_id, s.queue_name, s.task_name, s.params, s.priority, s.run_at, s.depends_on, s.policies, s.key,
        s.key_window_sec, s.settings, s.dlq_enabled, s.workflow_id, s.step_name, coalesce(p.depth, 0),
        coalesce(p.open, 0), s.created and p.unknown is null and p.bad is null, s.params_differ,
        case when p.unknown is not null then 'unknown_parent' when p.bad is not null then 'refused' else s.outcome end,
        case
          when p.unknown is not null then format('Parent not found: %s', p.unknown)
          when p.bad is not null then format('Parent has ended badly: %s', p.bad)
          else s.message
        end
      )::absurd._task_spec
      order by s.item
    )
    from unnest(p_specs) as s
    left join parents as p on p.item = s.item
  );
end;
$$;

comment on function absurd._with_parents(absurd._task_spec[]) is
  'Locks the parents of specs and works out depth and open parents; refuses those with an unknown parent, or with one '
  'that ended badly and policy cancel.';

create or replace function absurd._is_satisfied(p_parent_state text, p_policy text)
returns boolean
language sql
immutable
as $$
  select p_parent_state = 'completed' or (p_policy = 'ignore' and p_parent_state in ('failed', 'cancelled'));
$$;

comment on function absurd._is_satisfied(text, text) is 'Whether an edge lets its child go, by the state of the parent.';

create or replace function absurd._insert_tasks(p_specs absurd._task_spec[], p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- also for what the server does by itself: to look at both ends of each edge
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_defaults constant jsonb := absurd._default_settings();
  v_task_ids constant uuid[] := array(select s.task_id from unnest(p_specs) as s where s.created);
begin
  perform absurd._ensure_queues(array(select distinct s.queue_name from unnest(p_specs) as s where s.created), p_now);
  with inserted as (
    insert into absurd.tasks (
      task_id, queue_name, task_name, params, priority, state, run_at, created_at, depth, open_parents, workflow_id,
      step_name, key, settings, dlq_enabled, max_retries, timeout_sec, backoff_base_sec, backoff_cap_sec
  )
    select
      s.task_id, s.queue_name, s.task_name, s.params, s.priority,
      case when s.open_parents > 0 then 'blocked' when s.run_at > p_now then 'scheduled' else 'ready' end,
      s.run_at, p_now, s.depth, s.open_parents, s.workflow_id, s.step_name, s.key, s.settings, s.dlq_enabled,
      (e.settings -> 'max_retries')::numeric::int, (e.settings -> 'timeout_sec')::float8,
      (e.settings -> 'backoff_base_sec')::float8, (e.settings -> 'backoff_cap_sec')::float8
    from unnest(p_specs) as s
    -- An estimate, until a claim knows what stage and worker say.
    cross join lateral (select v_defaults || coalesce(s.settings, '{}') as settings offset 0) as e
    where s.created
    returning tasks.queue_name, tasks.task_name, tasks.state
  )
  insert into absurd.task_counts (queue_name, task_name, state, change)
  select i.queue_name, i.task_name, i.state, count(*) from inserted as i group by i.queue_name, i.task_name, i.state;

  if exists (select from unnest(p_specs) as s where s.created and s.depends_on <> '{}') then
    insert into absurd.dependencies (task_id, parent_id, on_parent_failure, satisfied)
    select s.task_id, e.parent_id, e.policy, absurd._is_satisfied(t.state, e.policy)
    from unnest(p_specs) as s
    cross join lateral unnest(s.depends_on, s.policies) as e (parent_id, policy)
    join absurd.tasks as t on t.task_id = e.parent_id
    where s.created;
  end if;

  perform absurd._publish(v_task_ids, v_task_ids, p_now);
end;
$$;

comment on function absurd._insert_tasks(absurd._task_spec[], timestamptz) is
  'Inserts the created ones of specs with their edges, and tells. Parents outside the batch are locked.';
