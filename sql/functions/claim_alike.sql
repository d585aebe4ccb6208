-- Claiming for those who claim very many: workers.

drop function if exists absurd.claim_alike(text, text[], int, text[], jsonb);
create or replace function absurd.claim_alike(
  p_worker_id text,
  p_queue_names text[],
  p_limit int,
  p_task_names text[] default null,
  p_settings jsonb default '{}',
  p_may_reserve boolean default false
)
returns setof absurd._alike
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
set enable_sort = off -- which would take more than a look into a table of hashes
as $$
#variable_conflict use_column
begin
  if p_may_reserve and cardinality(p_queue_names) = 1 and p_task_names is null
    and absurd._is_plain_claim(p_worker_id, p_queue_names, p_limit, p_settings)
  then
    return query select r.* from absurd._reserve(p_worker_id, p_queue_names[1], p_limit, p_settings) as r;
    if found then
      return;
    end if;
  end if;
  return query
    select
      c.queue_name, c.task_name, c.priority, c.attempt, c.workflow_id, c.failures, c.max_retries, c.timeout_sec,
      c.stands_alone, array_agg(c.task_id), json_agg(c.params),
      json_agg(c.step_name) filter (where c.step_name is not null),
      json_agg(c.inputs) filter (where c.inputs <> '{}'), null::bigint
    from absurd.claim_tasks(p_worker_id, p_queue_names, p_limit, p_task_names, p_settings) as c
    group by
      c.queue_name, c.task_name, c.priority, c.attempt, c.workflow_id, c.failures, c.max_retries, c.timeout_sec,
      c.stands_alone, c.inputs <> '{}';
end;
$$;

comment on function absurd.claim_alike(text, text[], int, text[], jsonb, boolean) is
  'Claims as claim_tasks does; tasks that differ in id, params, step_name and inputs only are one row, in which these are '
  'lists of the same order, params and inputs as JSON. The order of the rows means nothing: what was claimed is in order '
  'by priority, highest first, then by id. step_names is null without workflow_id, inputs where all are empty. For those '
  'who claim very many: a row of its own costs more than a claim needs. With p_may_reserve tasks of one queue may be '
  'reserved instead, if none has a key, a sink or settings of its own, all have the same depth, no limit is set, and '
  'neither task_names nor stages are given; reservation_id tells (two of them where children that were to be freed are '
  'reserved beside ready tasks). They stay ready, or blocked, with the attempt that they had: attempt is the one that '
  'complete_reserved or claim_reserved gives them. For tasks that take a moment: one that lasts, fails or reports '
  'something is claimed then.';
