-- What a schedule spawns: its task, or its chain as a workflow.

create or replace function absurd._due_text(p_due_at timestamptz)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select to_char(p_due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');
$$;

comment on function absurd._due_text(timestamptz) is 'A due time in ISO 8601, UTC: what {due_at} stands for.';

create or replace function absurd._scheduled_workflow(
  p_schedule absurd.scheduled_tasks,
  p_params jsonb,
  p_due_at timestamptz,
  p_key text
)
returns jsonb
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_strip_nulls(jsonb_build_object(
      'name', p_schedule.chain -> 'name', 'queue_name', p_schedule.queue_name, 'key', p_key,
      'priority', p_schedule.options -> 'priority', 'dlq_enabled', p_schedule.options -> 'dlq_enabled'
    ))
    || jsonb_build_object('params', p_params, 'steps', (
      select jsonb_agg(
        p_schedule.options - array['priority', 'dlq_enabled'] || s.value
          || jsonb_build_object('params', p_params
            || coalesce(replace((s.value -> 'params')::text, '{due_at}', absurd._due_text(p_due_at))::jsonb, '{}'))
        order by s.item
      )
      from jsonb_array_elements(p_schedule.chain -> 'steps') with ordinality as s (value, item)
    ));
$$;

comment on function absurd._scheduled_workflow(absurd.scheduled_tasks, jsonb, timestamptz, text) is
  'The workflow of a schedule, as spawn_workflow takes it; a step''s own params go over those of the schedule.';

create or replace function absurd._spawn_scheduled(p_schedule absurd.scheduled_tasks, p_due_at timestamptz, p_key text)
returns absurd.schedule_runs
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_params constant jsonb := replace(p_schedule.params::text, '{due_at}', absurd._due_text(p_due_at))::jsonb;
  v_created boolean;
  v_run absurd.schedule_runs;
begin
  if p_schedule.task_name is not null then
    select s.task_id, s.created into v_run.task_id, v_created
    from absurd.spawn_task(
      p_schedule.queue_name, p_schedule.task_name, v_params,
      p_schedule.options || jsonb_strip_nulls(jsonb_build_object('key', p_key))
    ) as s;
  else
    select s.workflow_id, s.created into v_run.workflow_id, v_created
    from absurd.spawn_workflow(absurd._scheduled_workflow(p_schedule, v_params, p_due_at, p_key)) as s
    limit 1;
  end if;
  if not v_created then
    v_run.reason := format('The key "%s" was taken: what holds it counts as this run', p_key);
  end if;
  return v_run;
end;
$$;

comment on function absurd._spawn_scheduled(absurd.scheduled_tasks, timestamptz, text) is
  'Spawns the task or workflow of a schedule; the answer has only its id, and a reason when the key was taken.';
