-- Which tasks a filter names: for lists, and for verbs that are to work on all of them.

create or replace function absurd.list_task_ids(p_filter jsonb default '{}', p_limit int default 50)
returns setof uuid
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
-- What the filter does not name must cost nothing, and what it names should find its index.
set plan_cache_mode = force_custom_plan
as $$
declare
  v_filter constant jsonb := jsonb_strip_nulls(coalesce(p_filter, '{}'));
  v_statuses constant text[] := absurd._filter_texts(v_filter, 'status');
  v_shown constant text[] := absurd._filter_texts(v_filter, 'state');
  -- Held is not stored: such a task is a ready one that its queue or a limit holds back.
  v_stored constant text[] := array_replace(v_shown, 'held', 'ready');
  v_wants_held constant boolean := 'held' = any (v_shown);
  v_held_names text[];
  -- Says the same once more, for the index of claims.
  v_states_status constant text[] := array(
    select distinct case when s.state in ('ready', 'scheduled', 'blocked') then 'pending' else s.state end
    from unnest(v_stored) as s (state)
  );
  v_task_ids constant uuid[] := absurd._filter_texts(v_filter, 'task_ids')::uuid[];
  v_since constant timestamptz := v_filter ->> 'since';
  v_until constant timestamptz := v_filter ->> 'until';
  v_error constant text := lower(v_filter ->> 'error');
  v_workflow_id constant uuid := v_filter ->> 'workflow_id';
  v_first_id uuid;
  v_last_id uuid;
begin
  perform absurd._check_keys(v_filter, array[
    'task_ids', 'queue_name', 'task_name', 'status', 'state', 'workflow_id', 'worker_id', 'key', 'error', 'since',
    'until', 'before'
  ], 'The filter');
  if v_workflow_id is not null then
    select w.first_step_id, w.last_step_id
    into v_first_id, v_last_id
    from absurd.workflows as w
    where w.workflow_id = v_workflow_id;
    if v_first_id is null then
      return;
    end if;
  end if;
  if v_wants_held <> ('ready' = any (v_shown)) then
    v_held_names := absurd._held_names();
  end if;
  return query
    select t.task_id
    from absurd.tasks as t
    where (v_task_ids is null or t.task_id = any (v_task_ids))
      and (v_filter ->> 'queue_name' is null or t.queue_name = v_filter ->> 'queue_name')
      and (v_filter ->> 'task_name' is null or t.task_name = v_filter ->> 'task_name')
      and (v_statuses is null or t.status = any (v_statuses))
      and (v_stored is null or t.state = any (v_stored) and t.status = any (v_states_status))
      and (v_held_names is null or t.state <> 'ready'
        or (t.queue_name || e'\n' || t.task_name = any (v_held_names)) = v_wants_held)
      and (v_workflow_id is null or t.workflow_id = v_workflow_id and t.task_id between v_first_id and v_last_id)
      and (v_filter ->> 'worker_id' is null or t.worker_id = v_filter ->> 'worker_id')
      and (v_filter ->> 'key' is null or t.key = v_filter ->> 'key')
      and (v_error is null
        or t.error is not null and strpos(lower(concat_ws(' ', t.error_reason, t.error)), v_error) > 0)
      and (v_since is null
        or absurd._changed_at(t.state, t.created_at, t.claimed_at, t.finished_at) >= v_since)
      and (v_until is null
        or absurd._changed_at(t.state, t.created_at, t.claimed_at, t.finished_at) < v_until)
      and (v_filter ->> 'before' is null or t.task_id < (v_filter ->> 'before')::uuid)
    order by t.task_id desc
    limit p_limit;
end;
$$;

comment on function absurd.list_task_ids(jsonb, int) is
  'Ids of tasks, newest first: filter {task_ids, queue_name, task_name, status, state, workflow_id, worker_id, key, error '
  '(a text in the last error or its reason), since and until (of the last change: end, claim, else spawn), before (the '
  'last id of the page before)}; status, state and task_ids may be arrays. Raises 22023 for an unknown key.';

create or replace function absurd._held_names()
returns text[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := absurd.clock();
begin
  return array(
    select n.queue_name || e'\n' || n.task_name
    from (
      select c.queue_name, c.task_name
      from absurd.task_counts as c
      where c.state = 'ready'
      group by c.queue_name, c.task_name
      having sum(c.change) > 0
      offset 0 -- the limits are looked at once for each name, not for each change
    ) as n
    where exists (select from absurd.queues as q where q.queue_name = n.queue_name and q.paused_at is not null)
      or absurd._is_full(n.queue_name, n.task_name, v_now)
  );
end;
$$;

comment on function absurd._held_names() is
  'Queue and name, with a line break in between, of ready tasks that their queue or a limit holds back.';

create or replace function absurd._filter_texts(p_filter jsonb, p_key text)
returns text[]
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case jsonb_typeof(p_filter -> p_key)
    when 'array' then array(select e.value from jsonb_array_elements_text(p_filter -> p_key) as e (value))
    when 'string' then array[p_filter ->> p_key]
  end;
$$;

comment on function absurd._filter_texts(jsonb, text) is
  'The values of a key that may be one text or an array; null without.';

create or replace function absurd._changed_at(
  p_state text,
  p_created_at timestamptz,
  p_claimed_at timestamptz,
  p_finished_at timestamptz
)
returns timestamptz
language sql
immutable
as $$
  select coalesce(p_finished_at, case when p_state = 'claimed' then p_claimed_at end, p_created_at);
$$;

comment on function absurd._changed_at(text, timestamptz, timestamptz, timestamptz) is
  'Since when a task is what it is: its end, its claim, else its spawn.';
