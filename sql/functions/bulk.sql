-- Verbs of operators for many tasks at once. Each call is one transaction over the tasks that it names, in lock order;
-- callers hand over so many at a time that nobody has to wait for long. An item that cannot be done harms no other.

create or replace function absurd.cancel_tasks(p_task_ids uuid[], p_reason text default null)
returns table (task_id uuid, outcome text, state text, message text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := absurd.clock();
  v_open uuid[];
begin
  perform absurd._require_batch(p_task_ids);
  perform absurd._lock_with_reservations(p_task_ids);
  v_open := array(
    select t.task_id from absurd.tasks as t where t.task_id = any (p_task_ids) and t.status in ('pending', 'claimed')
  );
  if v_open <> '{}' then
    perform absurd._cancel(v_open, p_reason, v_now);
  end if;
  return query select a.task_id, a.outcome, a.state, a.message from absurd._bulk_answer(p_task_ids, v_open) as a;
end;
$$;

comment on function absurd.cancel_tasks(uuid[], text) is
  'Cancels those of the tasks that are pending or claimed (see cancel_task). One row for each: outcome ok or skipped, its '
  'state now, and why it was skipped. Raises 22023 for more than 10000.';

create or replace function absurd.retry_tasks(p_task_ids uuid[])
returns table (task_id uuid, outcome text, state text, message text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := absurd.clock();
  v_opened uuid[];
begin
  perform absurd._require_batch(p_task_ids);
  v_opened := absurd._reopen(array(
    select t.task_id from absurd.tasks as t where t.task_id = any (p_task_ids) and t.state in ('failed', 'cancelled')
  ), v_now);
  return query
    select a.task_id, a.outcome, a.state, coalesce(case
      when a.outcome = 'skipped' and a.state in ('failed', 'cancelled') then
        case when absurd._has_bad_parent(a.task_id) then 'a parent has ended badly'
          else 'a newer one holds its key' end
    end, a.message)
    from absurd._bulk_answer(p_task_ids, v_opened) as a;
end;
$$;

comment on function absurd.retry_tasks(uuid[]) is
  'Makes those of the tasks that failed or were cancelled pending again (see retry_task); their dead letters are marked '
  'replayed. One row for each: outcome ok or skipped, its state now, and why it was skipped. Raises 22023 for more than '
  '10000, and 40001 (the graph grew, or somebody is taking a key, right now: call again).';

create or replace function absurd._has_bad_parent(p_task_id uuid)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select exists (
    select
    from absurd._edges_to(array[p_task_id]) as d
    join absurd.tasks as p on p.task_id = d.parent_id
    where d.on_parent_failure = 'cancel' and p.state in ('failed', 'cancelled')
  );
$$;

comment on function absurd._has_bad_parent(uuid) is 'Whether a parent that ended badly forbids a task.';

create or replace function absurd.release_claims(p_task_ids uuid[])
returns table (task_id uuid, outcome text, state text, message text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := absurd.clock();
  v_claimed uuid[];
begin
  perform absurd._require_batch(p_task_ids);
  perform absurd._lock_tasks(p_task_ids);
  v_claimed := array(
    select t.task_id from absurd.tasks as t where t.task_id = any (p_task_ids) and t.state = 'claimed'
  );
  perform absurd._let_die(v_claimed, 'released', null, v_now);
  perform absurd._count_states(v_claimed, -1);
  update absurd.tasks as t
  set state = case when n.run_at > v_now then 'scheduled' else 'ready' end,
    status = 'pending',
    run_at = n.run_at,
    suspected_at = null
  from unnest(v_claimed) as c (task_id)
  cross join lateral absurd._runs_from(c.task_id, v_now) as n
  where t.task_id = c.task_id;
  perform absurd._count_states(v_claimed, 1);
  perform absurd._publish(v_claimed, v_claimed, v_now);
  return query select a.task_id, a.outcome, a.state, a.message from absurd._bulk_answer(p_task_ids, v_claimed) as a;
end;
$$;

comment on function absurd.release_claims(uuid[]) is
  'Takes claims back from their workers without counting a failure. A task is ready again as soon as its worker says that '
  'the processes are gone, or its lease has ended: until then it is scheduled. One row for each: outcome ok or skipped, '
  'its state now, and why it was skipped. Raises 22023 for more than 10000.';

create or replace function absurd._require_batch(p_task_ids uuid[])
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if cardinality(p_task_ids) > 10000 then
    perform absurd._raise('22023', format('More than 10000 tasks in one call: %s', cardinality(p_task_ids)),
      'Call several times, so that nobody has to wait for long.');
  end if;
end;
$$;

comment on function absurd._require_batch(uuid[]) is 'Raises 22023 when a call names more tasks than one should lock.';

create or replace function absurd._bulk_answer(p_task_ids uuid[], p_done uuid[])
returns table (task_id uuid, outcome text, state text, message text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  return query
    select u.task_id,
      case when u.task_id = any (p_done) then 'ok' else 'skipped' end,
      t.state,
      case when u.task_id <> all (p_done) then
        case when t.task_id is null then 'there is no such task' else format('it is %s', t.state) end
      end
    from unnest(p_task_ids) with ordinality as u (task_id, item)
    left join absurd.tasks as t on t.task_id = u.task_id
    order by u.item;
end;
$$;

comment on function absurd._bulk_answer(uuid[], uuid[]) is
  'The rows of a verb for many tasks, in the order in which they were named.';
