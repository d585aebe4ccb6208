-- Queues exist from their first use. Pausing one holds its ready tasks back; claims already made go on.

create or replace function absurd._ensure_queues(p_queue_names text[], p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_missing constant text[] := array(
    select n.queue_name
    from unnest(p_queue_names) as n (queue_name)
    where not exists (select from absurd.queues as q where q.queue_name = n.queue_name)
    order by n.queue_name
  );
begin
  -- Mostly all are there: then nothing is to be written, nor the table locked as for that.
  if v_missing <> '{}' then
    insert into absurd.queues (queue_name, created_at)
    select n.queue_name, p_now from unnest(v_missing) as n (queue_name)
    on conflict (queue_name) do nothing;
  end if;
end;
$$;

comment on function absurd._ensure_queues(text[], timestamptz) is 'Makes queues known.';

create or replace function absurd.pause_queue(p_queue_name text)
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
  perform absurd._ensure_queues(array[p_queue_name], v_now);
  update absurd.queues as q
  set paused_at = coalesce(q.paused_at, v_now)
  where q.queue_name = p_queue_name;
end;
$$;

comment on function absurd.pause_queue(text) is
  'Stops claims from a queue (one in flight may still succeed). No error when it is paused already; a queue that was '
  'never used can be paused beforehand. Raises 22023 for a bad name.';

create or replace function absurd.resume_queue(p_queue_name text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  update absurd.queues as q
  set paused_at = null
  where q.queue_name = p_queue_name;
  if not found then
    perform absurd._raise('TQ008', format('Queue not found: %s', p_queue_name),
      'A queue exists from its first task on.');
  end if;
  perform absurd._tell_backlog(p_queue_name, (
    select sum(c.change) from absurd.task_counts as c where c.queue_name = p_queue_name and c.state = 'ready'
  ));
  perform pg_notify('absurd_tasks', p_queue_name);
end;
$$;

comment on function absurd.resume_queue(text) is
  'Lets a paused queue be claimed from again and wakes its workers. Raises TQ008 for an unknown queue.';
