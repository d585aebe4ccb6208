-- Changing the priority of tasks that wait.

create or replace function absurd.set_priority(p_task_id uuid, p_priority int)
returns int
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_task absurd.tasks;
begin
  if p_priority is null then
    perform absurd._raise('22023', 'priority is missing');
  end if;
  perform absurd._note_moves(array[p_task_id]);
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

drop function if exists absurd.set_priorities(jsonb, int);

create or replace function absurd.prioritize_tasks(p_task_ids uuid[], p_priority int)
returns table (task_id uuid, outcome text, state text, message text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
#variable_conflict use_column
declare
  v_changed uuid[];
begin
  if p_priority is null then
    perform absurd._raise('22023', 'priority is missing');
  end if;
  perform absurd._require_batch(p_task_ids);
  perform absurd._note_moves(p_task_ids);
  perform absurd._lock_tasks(p_task_ids);
  with changed as (
    update absurd.tasks as t
    set priority = p_priority
    where t.task_id = any (p_task_ids) and t.state in ('ready', 'scheduled', 'blocked')
    returning t.task_id
  )
  select coalesce(array_agg(c.task_id), '{}') into v_changed from changed as c;
  return query select a.task_id, a.outcome, a.state, a.message from absurd._bulk_answer(p_task_ids, v_changed) as a;
end;
$$;

comment on function absurd.prioritize_tasks(uuid[], int) is
  'Changes the priority of those of the tasks that are pending. One row for each: outcome ok or skipped, its state, and '
  'why it was skipped. Raises 22023 without a priority, or for more than 10000.';
