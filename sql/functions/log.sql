-- Logs of attempts while they run. The end of an attempt keeps head and tail of its log in its own row; these chunks
-- are for following it, and go with the task.

create or replace function absurd.append_logs(p_items json)
returns table (task_id uuid, attempt int, verdict text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := absurd.clock();
  v_items jsonb;
begin
  select coalesce(jsonb_agg(i.value), '[]') into v_items from absurd._read_items(p_items, 'The items') as i;
  -- A chunk that is sent again, because the answer got lost, changes nothing.
  insert into absurd.task_logs (task_id, attempt, chunk, created_at, text)
  select t.task_id, t.attempt, c.chunk, v_now, left(c.text, 65536)
  from jsonb_to_recordset(v_items) as c (task_id uuid, attempt int, chunk int, text text)
  join absurd.tasks as t on t.task_id = c.task_id and t.attempt = c.attempt
  where t.state = 'claimed' and c.chunk >= 0 and c.text is not null
  order by t.depth, t.task_id, c.chunk
  on conflict do nothing;
  return query
    select distinct c.task_id, c.attempt,
      case when t.attempt = c.attempt and t.state = 'cancelled' then 'cancelled' else 'lost' end
    from jsonb_to_recordset(v_items) as c (task_id uuid, attempt int)
    left join absurd.tasks as t on t.task_id = c.task_id
    where t.attempt is distinct from c.attempt or t.state <> 'claimed';
end;
$$;

comment on function absurd.append_logs(json) is
  'Adds to the logs of claims: items {task_id, attempt, chunk, text}, chunks counted from 0, 65536 characters each at '
  'most. Returns the items that are not live claims: lost or cancelled.';

create or replace function absurd.read_logs(
  p_task_id uuid,
  p_after_attempt int default 0,
  p_after_chunk int default 0,
  p_limit int default 100
)
returns table (attempt int, chunk int, created_at timestamptz, text text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
#variable_conflict use_column
begin
  if not exists (select from absurd.tasks as t where t.task_id = p_task_id) then
    perform absurd._raise('TQ001', format('Task not found: %s', p_task_id));
  end if;
  return query
    select l.attempt, l.chunk, l.created_at, l.text
    from absurd.task_logs as l
    where l.task_id = p_task_id and (l.attempt, l.chunk) > (p_after_attempt, p_after_chunk)
    order by l.attempt, l.chunk
    limit least(greatest(coalesce(p_limit, 100), 0), 1000);
end;
$$;

comment on function absurd.read_logs(uuid, int, int, int) is
  'What the attempts of a task wrote while they ran, oldest first, from after the given attempt and chunk on. Raises '
  'TQ001 for an unknown task.';
