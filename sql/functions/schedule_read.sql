-- Reading what a caller says about a schedule, and trying whether it could be spawned.

create or replace function absurd._read_schedule(p_schedule jsonb)
returns absurd.scheduled_tasks
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_given constant jsonb := jsonb_strip_nulls(p_schedule - array['params', 'chain']);
  v_options constant text[] :=
    array['priority', 'max_retries', 'timeout_sec', 'backoff_base_sec', 'backoff_cap_sec', 'dlq_enabled'];
  v_problem text;
  v_schedule absurd.scheduled_tasks;
begin
  perform absurd._check_keys(p_schedule, array[
    'name', 'description', 'cron_expression', 'timezone', 'starts_at', 'ends_at', 'jitter_sec', 'missed',
    'missed_limit', 'grace_sec', 'overlap', 'queue_name', 'task_name', 'chain', 'params', 'synced'
  ] || v_options, 'The schedule');
  v_problem := absurd._schedule_problem(
    v_given, nullif(p_schedule -> 'chain', 'null'), nullif(p_schedule -> 'params', 'null')
  );
  if v_problem is not null then
    perform absurd._raise('22023', v_problem);
  end if;
  v_schedule.name := v_given ->> 'name';
  v_schedule.description := v_given ->> 'description';
  v_schedule.cron_expression := v_given ->> 'cron_expression';
  v_schedule.timezone := v_given ->> 'timezone';
  v_schedule.starts_at := (v_given ->> 'starts_at')::timestamptz;
  v_schedule.ends_at := (v_given ->> 'ends_at')::timestamptz;
  v_schedule.jitter_sec := coalesce((v_given ->> 'jitter_sec')::float8, 0);
  v_schedule.missed := coalesce(v_given ->> 'missed', 'once');
  v_schedule.missed_limit := coalesce((v_given ->> 'missed_limit')::numeric::int, 100);
  v_schedule.grace_sec := coalesce((v_given ->> 'grace_sec')::float8, 60);
  v_schedule.overlap := coalesce(v_given ->> 'overlap', 'allow');
  v_schedule.queue_name := v_given ->> 'queue_name';
  v_schedule.task_name := v_given ->> 'task_name';
  v_schedule.chain := nullif(p_schedule -> 'chain', 'null');
  v_schedule.params := coalesce(nullif(p_schedule -> 'params', 'null'), '{}');
  v_schedule.synced := coalesce((v_given ->> 'synced')::boolean, false);
  select coalesce(jsonb_object_agg(o.key, o.value), '{}') into v_schedule.options
  from jsonb_each(v_given) as o
  where o.key = any (v_options);
  return v_schedule;
end;
$$;

comment on function absurd._read_schedule(jsonb) is
  'What a caller says about a schedule, as a row without state and times. Raises 22023.';

create or replace function absurd._schedule_problem(p_given jsonb, p_chain jsonb, p_params jsonb)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    absurd._name_problem(p_given ->> 'name', 'name of the schedule'),
    absurd._name_problem(p_given ->> 'cron_expression', 'cron_expression'),
    absurd._name_problem(p_given ->> 'timezone', 'timezone'),
    absurd._name_problem(p_given ->> 'queue_name', 'queue_name'),
    case
      when num_nonnulls(p_given ->> 'task_name', p_chain) <> 1 then 'A schedule spawns either a task or a chain'
      when p_chain is not null and (jsonb_typeof(p_chain) <> 'object' or p_chain - array['name', 'steps'] <> '{}')
        then 'chain must be an object of name and steps'
      when p_chain is not null and jsonb_typeof(p_chain -> 'steps') is distinct from 'array'
        then 'steps of the chain must be an array'
      when jsonb_typeof(p_params) <> 'object' then 'params must be a JSON object'
      when p_given ? 'starts_at' and absurd._to_timestamptz(p_given ->> 'starts_at') is null then
        format('starts_at must be a point in time in ISO 8601: %s', p_given -> 'starts_at')
      when p_given ? 'ends_at' and absurd._to_timestamptz(p_given ->> 'ends_at') is null then
        format('ends_at must be a point in time in ISO 8601: %s', p_given -> 'ends_at')
      when absurd._to_timestamptz(p_given ->> 'ends_at') <= absurd._to_timestamptz(p_given ->> 'starts_at') then
        format('ends_at must be after starts_at: %s', p_given -> 'ends_at')
      when not absurd._is_number(p_given -> 'jitter_sec', 0, 86400, false) then
        format('jitter_sec must be a number of seconds from 0 to a day: %s', p_given -> 'jitter_sec')
      when not absurd._is_number(p_given -> 'grace_sec', 0, 31622400, false) then
        format('grace_sec must be a number of seconds from 0 to a year: %s', p_given -> 'grace_sec')
      when not absurd._is_number(p_given -> 'missed_limit', 1, 1000, true) then
        format('missed_limit must be a whole number from 1 to 1000: %s', p_given -> 'missed_limit')
      when p_given ->> 'missed' not in ('skip', 'once', 'all') then
        format('missed must be skip, once or all: %s', p_given -> 'missed')
      when p_given ->> 'overlap' not in ('allow', 'skip') then
        format('overlap must be allow or skip: %s', p_given -> 'overlap')
    end
  );
$$;

comment on function absurd._schedule_problem(jsonb, jsonb, jsonb) is
  'Says what is wrong with a schedule, or null; what it spawns is tried, not looked at.';

create or replace function absurd._try_schedule(p_schedule absurd.scheduled_tasks, p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform absurd._spawn_scheduled(p_schedule, p_now, null);
  raise exception using errcode = 'TQ999';
exception
  when sqlstate 'TQ999' then
    null; -- It could be spawned, and has been undone.
end;
$$;

comment on function absurd._try_schedule(absurd.scheduled_tasks, timestamptz) is
  'Spawns what a schedule would, and undoes it. Raises whatever the spawn raises.';
