-- Telling that tasks went from one state to another: the way of claims and completions, of which there are most.

drop function if exists absurd._tell_claims(text, absurd._picked, timestamptz);

create or replace function absurd._tell_moved(
  p_moved absurd._picked, p_from text, p_to text, p_detail jsonb, p_now timestamptz
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_queue_name constant text := p_moved.queue_names[1];
  v_task_name constant text := p_moved.task_names[1];
  v_workflow_id constant uuid := p_moved.workflow_ids[1];
  v_size constant int := cardinality(p_moved.task_ids);
  v_is_followed boolean;
begin
  -- Most often all are of one kind, or it is one task: nothing need be grouped then.
  if v_queue_name = all (p_moved.queue_names) and v_task_name = all (p_moved.task_names) and (
    v_workflow_id = all (p_moved.workflow_ids) or array_remove(p_moved.workflow_ids, null) = '{}'
  ) then
    insert into absurd.task_counts (queue_name, task_name, state, change)
    values (v_queue_name, v_task_name, p_from, -v_size), (v_queue_name, v_task_name, p_to, v_size);
    insert into absurd.event_batches (
      created_at, kind, queue_name, task_name, workflow_id, status, detail, task_ids, attempts, size
    )
    select
      p_now, 'task', v_queue_name, v_task_name, v_workflow_id, p_to, p_detail, p_moved.task_ids, p_moved.attempts,
      v_size
    from absurd.queues as q
    where q.queue_name = v_queue_name and q.keeps_events
    returning exists (select from absurd.event_log as l where l.followed_until > p_now) into v_is_followed;
    if v_is_followed then -- as _wake_readers would ask by itself
      perform pg_notify('absurd_events', v_queue_name);
    end if;
    return;
  end if;
  with alike as (
    select
      c.queue_name, c.task_name, c.workflow_id, array_agg(c.task_id) as task_ids, array_agg(c.attempt) as attempts,
      count(*) as size
    from unnest(p_moved.task_ids, p_moved.attempts, p_moved.queue_names, p_moved.task_names, p_moved.workflow_ids)
      as c (task_id, attempt, queue_name, task_name, workflow_id)
    group by c.queue_name, c.task_name, c.workflow_id
  ), told as (
    insert into absurd.event_batches (
      created_at, kind, queue_name, task_name, workflow_id, status, detail, task_ids, attempts, size
    )
    select
      p_now, 'task', a.queue_name, a.task_name, a.workflow_id, p_to, p_detail, a.task_ids, a.attempts, a.size
    from alike as a
    where a.queue_name <> all (array(select q.queue_name from absurd.queues as q where not q.keeps_events))
  )
  insert into absurd.task_counts (queue_name, task_name, state, change)
  select a.queue_name, a.task_name, s.state, s.sign * sum(a.size)
  from alike as a
  cross join (values (p_from, -1), (p_to, 1)) as s (state, sign)
  group by a.queue_name, a.task_name, s.state, s.sign;
  perform absurd._wake_readers(array(select distinct q.name from unnest(p_moved.queue_names) as q (name)), p_now);
end;
$$;

comment on function absurd._tell_moved(absurd._picked, text, text, jsonb, timestamptz) is
  'Appends the events of tasks that go from state p_from to p_to, whose status is called the same, counts them and wakes '
  'readers. There must be at least one.';
