-- Claiming for those who claim very many: workers.

create or replace function absurd.claim_alike(
  p_worker_id text,
  p_queue_names text[],
  p_limit int,
  p_task_names text[] default null,
  p_settings jsonb default '{}'
)
returns table (
  queue_name text, task_name text, priority int, attempt int, workflow_id uuid, failures int, max_retries int,
  timeout_sec double precision, stands_alone boolean, task_ids uuid[], params json, step_names json, inputs json
)
language plpgsql
volatile
security definer
set search_path = ''
set jit = off
set plan_cache_mode = force_generic_plan
set enable_sort = off -- which would take more than a look into a table of hashes
as $$
#variable_conflict use_column
begin
  return query
    select
      c.queue_name, c.task_name, c.priority, c.attempt, c.workflow_id, c.failures, c.max_retries, c.timeout_sec,
      c.stands_alone, array_agg(c.task_id), json_agg(c.params),
      json_agg(c.step_name) filter (where c.step_name is not null),
      json_agg(c.inputs) filter (where c.inputs <> '{}')
    from absurd.claim_tasks(p_worker_id, p_queue_names, p_limit, p_task_names, p_settings) as c
    group by
      c.queue_name, c.task_name, c.priority, c.attempt, c.workflow_id, c.failures, c.max_retries, c.timeout_sec,
      c.stands_alone, c.inputs <> '{}';
end;
$$;

comment on function absurd.claim_alike(text, text[], int, text[], jsonb) is
  'Claims as claim_tasks does; tasks that differ in id, params, step_name and inputs only are one row, in which these are '
  'lists of the same order, params and inputs as JSON. The order of the rows means nothing: what was claimed is in order '
  'by priority, highest first, then by id. step_names is null without workflow_id, inputs where all are empty. For those '
  'who claim very many: a row of its own costs more than a claim needs.';
