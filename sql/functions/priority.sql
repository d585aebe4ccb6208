-- Changing the priority of tasks that wait.

create or replace function absurd.set_priority(p_task_id uuid, p_priority int)
returns int
language plpgsql
volatile
security definer
set search_path = ''
set jit = off
as $$
declare
  v_task absurd.tasks;
begin
  if p_priority is null then
    perform absurd._raise('22023', 'priority is missing');
  end if;
  perform absurd._lock_tasks(array[p_task_id]);
  select t.* into v_task from absurd.tasks as t where t.task_id = p_task_id;
  if not found then
    perform absurd._raise('TQ001', format('Task not found: %s', p_task_id));
  elsif v_task.status not in ('pending', 'claimed') then
    perform absurd._raise('TQ004', format('Task %s is %s already', p_task_id, v_task.status),
      'Only a pending or claimed task has a turn to wait for.');
  end if;
  update absurd.tasks as t set priority = p_priority where t.task_id = p_task_id;
  return v_task.priority;
end;
$$;

comment on function absurd.set_priority(uuid, int) is
  'Changes the priority of a pending task, or of a claimed one for the case that it is tried again. Returns the priority '
  'that it had. Raises TQ001, TQ004 (it has ended), 22023.';

create or replace function absurd.set_priorities(p_filter jsonb, p_priority int)
returns setof uuid
language plpgsql
volatile
security definer
set search_path = ''
set jit = off
as $$
declare
  v_task_ids uuid[];
begin
  if p_priority is null then
    perform absurd._raise('22023', 'priority is missing');
  end if;
  perform absurd._check_keys(coalesce(p_filter, '{}'),
    array['task_ids', 'queue_name', 'task_name', 'workflow_id', 'all'], 'The filter');
  perform absurd._require_filter(p_filter);
  v_task_ids := array(
    select t.task_id
    from absurd.tasks as t
    where t.state in ('ready', 'scheduled', 'blocked')
      and (p_filter ->> 'task_ids' is null or t.task_id in (
        select i.id::uuid from jsonb_array_elements_text(p_filter -> 'task_ids') as i (id)
      ))
      and (p_filter ->> 'queue_name' is null or t.queue_name = p_filter ->> 'queue_name')
      and (p_filter ->> 'task_name' is null or t.task_name = p_filter ->> 'task_name')
      and (p_filter ->> 'workflow_id' is null or t.workflow_id = (p_filter ->> 'workflow_id')::uuid)
      and t.priority <> p_priority
  );
  perform absurd._lock_tasks(v_task_ids);
  return query
    with changed as (
      update absurd.tasks as t
      set priority = p_priority
      where t.task_id = any (v_task_ids) and t.state in ('ready', 'scheduled', 'blocked')
      returning t.task_id
    )
    select c.task_id from changed as c order by c.task_id;
end;
$$;

comment on function absurd.set_priorities(jsonb, int) is
  'Changes the priority of all pending tasks that a filter {task_ids, queue_name, task_name, workflow_id} names; returns '
  'those that had another one. Needs a filter, or {"all": true}: else raises 22023.';
