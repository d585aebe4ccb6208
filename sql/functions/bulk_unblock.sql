-- Letting tasks go on though a parent ended badly (policy wait).

create or replace function absurd.unblock_tasks(p_task_ids uuid[])
returns table (task_id uuid, outcome text, state text, message text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := absurd.clock();
  v_bad_parents uuid[];
  v_unblocked uuid[] := '{}';
  v_task_id uuid;
begin
  perform absurd._require_batch(p_task_ids);
  -- Parents as well, so that none is retried meanwhile; which they are was fixed at the spawn.
  perform absurd._lock_tasks(p_task_ids || array(
    select e.parent_id from absurd._open_edges(p_task_ids) as e
  ));
  for v_task_id in select distinct w.task_id from absurd._bad_edges(p_task_ids) as w order by w.task_id loop
    -- Its workflow may have ended, and have lost its key to a newer one.
    if absurd._retake_keys(v_task_id, v_now) then
      v_unblocked := v_unblocked || v_task_id;
    end if;
  end loop;
  v_bad_parents := array(select distinct w.parent_id from absurd._bad_edges(v_unblocked) as w);
  update absurd.dependencies as d
  set on_parent_failure = 'ignore'
  from absurd._bad_edges(v_unblocked) as w
  where d.task_id = w.task_id and d.parent_id = w.parent_id;
  perform absurd._free_children(v_bad_parents, true, false, v_now);
  perform absurd._publish(v_unblocked, '{}', v_now);
  perform absurd._refresh_workflows(absurd._workflows_reached(v_unblocked || v_bad_parents), v_now);
  return query
    select a.task_id, a.outcome, a.state, case
      when a.outcome = 'ok' or a.state is distinct from 'blocked' then a.message
      when exists (select from absurd._bad_edges(array[a.task_id])) then 'a newer one holds the key of its workflow'
      else 'no parent of it has ended badly'
    end
    from absurd._bulk_answer(p_task_ids, v_unblocked) as a;
end;
$$;

comment on function absurd.unblock_tasks(uuid[]) is
  'Lets blocked tasks go on without the parents that failed or were cancelled: from now on these edges have the policy '
  'ignore. Parents that have not ended are still waited for. One row for each: outcome ok or skipped, its state now, and '
  'why it was skipped. Raises 22023 for more than 10000, and 40001 (somebody is taking a key right now: call again).';

create or replace function absurd._bad_edges(p_task_ids uuid[])
returns table (task_id uuid, parent_id uuid)
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select e.task_id, e.parent_id
  from absurd._open_edges(p_task_ids) as e
  join absurd.tasks as t on t.task_id = e.task_id
  where t.state = 'blocked' and e.parent_state in ('failed', 'cancelled');
$$;

comment on function absurd._bad_edges(uuid[]) is 'The edges that block tasks because the parent ended badly.';
