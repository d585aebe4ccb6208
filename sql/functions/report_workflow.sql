-- Reading workflows, and ids by their first characters.

create or replace function absurd._workflow_document(p_workflow absurd.workflows, p_with_steps boolean)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'workflow_id', p_workflow.workflow_id,
    'name', p_workflow.name,
    'queue_name', p_workflow.queue_name,
    'status', p_workflow.status,
    'key', p_workflow.key,
    'params', p_workflow.params,
    'created_at', p_workflow.created_at,
    'finished_at', p_workflow.finished_at,
    'cancel_reason', case when p_workflow.status = 'cancelled' then p_workflow.cancel_reason end,
    'steps', (
      select coalesce(jsonb_agg(
        case
          when p_with_steps then absurd._task_document(t, s.shown)
          else jsonb_build_object('task_id', t.task_id, 'task_name', t.task_name, 'step_name', t.step_name,
            'status', t.status, 'state', s.shown)
        end
        order by t.task_id
      ), '[]')
      from absurd._steps_of(array[p_workflow.workflow_id]) as t
      left join absurd._held_kinds(array(
        select r.task_id from absurd._steps_of(array[p_workflow.workflow_id]) as r where r.state = 'ready'
      )) as h on h.queue_name = t.queue_name and h.task_name = t.task_name
      cross join lateral (
        select case when t.state = 'ready' and h.task_name is not null then 'held' else t.state end as shown
      ) as s
    )
  );
$$;

comment on function absurd._workflow_document(absurd.workflows, boolean) is
  'A workflow as reading functions show it; its steps in order, as task documents or in short.';

create or replace function absurd.get_workflow(p_workflow_id uuid)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  select absurd._workflow_document(w, true) from absurd.workflows as w where w.workflow_id = p_workflow_id;
$$;

comment on function absurd.get_workflow(uuid) is 'A workflow with its steps in order; null when unknown.';

create or replace function absurd.list_workflows(p_filter jsonb default '{}', p_limit int default 50)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_filter constant jsonb := jsonb_strip_nulls(coalesce(p_filter, '{}'));
begin
  perform absurd._check_keys(v_filter, array[
    'workflow_ids', 'queue_name', 'name', 'status', 'key', 'since', 'until', 'before'
  ], 'The filter');
  return query
    select absurd._workflow_document(w, false)
    from absurd.workflows as w
    where (not v_filter ? 'workflow_ids' or w.workflow_id in (
        select i.id::uuid from jsonb_array_elements_text(v_filter -> 'workflow_ids') as i (id)
      ))
      and (not v_filter ? 'queue_name' or w.queue_name = v_filter ->> 'queue_name')
      and (not v_filter ? 'name' or w.name = v_filter ->> 'name')
      and (not v_filter ? 'status' or w.status = v_filter ->> 'status')
      and (not v_filter ? 'key' or w.key = v_filter ->> 'key')
      and (not v_filter ? 'since' or coalesce(w.finished_at, w.created_at) >= (v_filter ->> 'since')::timestamptz)
      and (not v_filter ? 'until' or coalesce(w.finished_at, w.created_at) < (v_filter ->> 'until')::timestamptz)
      and (not v_filter ? 'before' or w.workflow_id < (v_filter ->> 'before')::uuid)
    order by w.workflow_id desc
    limit p_limit;
end;
$$;

comment on function absurd.list_workflows(jsonb, int) is
  'Workflows, newest first, their steps in short: filter {workflow_ids, queue_name, name, status, key, since and until '
  '(of the last change: end, else spawn), before}. Raises 22023 for an unknown key.';

create or replace function absurd._id_range(p_prefix text)
returns table (lowest uuid, highest uuid)
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_digits constant text := replace(lower(p_prefix), '-', '');
begin
  if v_digits is null or v_digits !~ '^[0-9a-f]{1,32}$' then
    perform absurd._raise('22023', format('Not the beginning of an id: %s', p_prefix));
  end if;
  return query select rpad(v_digits, 32, '0')::uuid, rpad(v_digits, 32, 'f')::uuid;
end;
$$;

comment on function absurd._id_range(text) is 'The range of ids that begin with p_prefix. Raises 22023.';

create or replace function absurd.find_tasks(p_prefix text)
returns setof uuid
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  select t.task_id
  from absurd._id_range(p_prefix) as r
  join absurd.tasks as t on t.task_id between r.lowest and r.highest
  order by t.task_id
  limit 2;
$$;

comment on function absurd.find_tasks(text) is
  'The tasks whose id begins with p_prefix; two at most, which is enough to know that it is not unique.';

create or replace function absurd.find_workflows(p_prefix text)
returns setof uuid
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  select w.workflow_id
  from absurd._id_range(p_prefix) as r
  join absurd.workflows as w on w.workflow_id between r.lowest and r.highest
  order by w.workflow_id
  limit 2;
$$;

comment on function absurd.find_workflows(text) is 'The workflows whose id begins with p_prefix; two at most.';
