-- Dead letters: tasks that failed for good, waiting for an operator. Filters: {task_ids, queue_name, task_name,
-- workflow_id, error (a text in it or its reason), since, until (when they failed), all, include_replayed}; for lists
-- also before (TASK_ID/ATTEMPT of the last one of the page before).

create or replace function absurd.list_dead_letters(p_filter jsonb default '{}', p_limit int default 100)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_before constant text := p_filter ->> 'before';
  v_last absurd.dead_letters;
begin
  if v_before is not null then
    v_last := absurd._named_dead_letter(v_before);
  end if;
  return query
    select absurd._dead_letter_document(d.task_id, d.attempt, false)
    from absurd._dead_letters(p_filter - 'before') as d
    where v_before is null
      or (d.failed_at, d.task_id, d.attempt) < (v_last.failed_at, v_last.task_id, v_last.attempt)
    order by d.failed_at desc, d.task_id desc, d.attempt desc
    limit p_limit;
end;
$$;

comment on function absurd.list_dead_letters(jsonb, int) is
  'Dead letters, newest first, without their attempts; replayed ones only with include_replayed; those that come after '
  'before (TASK_ID/ATTEMPT, or TASK_ID for the newest of a task). Raises 22023, and TQ001 when before is purged.';

create or replace function absurd._named_dead_letter(p_name text)
returns absurd.dead_letters
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_attempt constant int := nullif(split_part(p_name, '/', 2), '');
  v_letter absurd.dead_letters;
begin
  select d.* into v_letter
  from absurd.dead_letters as d
  where d.task_id = split_part(p_name, '/', 1)::uuid and (v_attempt is null or d.attempt = v_attempt)
  order by d.attempt desc
  limit 1;
  if not found then
    perform absurd._raise('TQ001', format('Dead letter not found: %s', p_name));
  end if;
  return v_letter;
end;
$$;

comment on function absurd._named_dead_letter(text) is
  'The dead letter TASK_ID/ATTEMPT, or the newest of TASK_ID. Raises TQ001.';

create or replace function absurd.list_dead_letter_ids(p_filter jsonb default '{}')
returns setof uuid
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  return query select distinct d.task_id from absurd._dead_letters(p_filter) as d order by d.task_id;
end;
$$;

comment on function absurd.list_dead_letter_ids(jsonb) is
  'Ids of the tasks whose dead letters a filter names, oldest first. Raises 22023.';

create or replace function absurd.get_dead_letter(p_task_id uuid)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  select absurd._dead_letter_document(d.task_id, d.attempt, true)
  from absurd.dead_letters as d
  where d.task_id = p_task_id
  order by d.attempt desc
  limit 1;
$$;

comment on function absurd.get_dead_letter(uuid) is
  'The newest dead letter of a task, with all its attempts; null when there is none.';

create or replace function absurd.replay_dead_letters(p_filter jsonb)
returns setof uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_task_ids uuid[];
  v_reopened uuid[];
begin
  perform absurd._require_filter(p_filter);
  v_task_ids := array(
    select distinct d.task_id
    from absurd._dead_letters(p_filter - 'include_replayed') as d
    join absurd.tasks as t on t.task_id = d.task_id
    where t.state = 'failed'
  );
  v_reopened := absurd._reopen(v_task_ids, v_now);
  if p_filter ? 'task_ids' then
    perform absurd._require_key(t.task_id, v_now)
    from absurd.tasks as t
    where t.task_id = any (v_task_ids) and t.task_id <> all (v_reopened) and t.state = 'failed';
  end if;
  return query
    select r.task_id from unnest(v_reopened) as r (task_id) order by r.task_id;
end;
$$;

comment on function absurd.replay_dead_letters(jsonb) is
  'Retries the tasks of dead letters (see retry_task) and returns their ids; the letters are kept and marked. A task '
  'whose key a newer one holds is left out, or, when it was named in task_ids, raises TQ004. Needs a filter, or '
  '{"all": true}: else raises 22023.';

create or replace function absurd.purge_dead_letters(p_filter jsonb)
returns setof uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  perform absurd._require_filter(p_filter);
  return query
    with named as materialized (
      select d.task_id, d.attempt
      from absurd.dead_letters as d
      join absurd._dead_letters(p_filter) as f on f.task_id = d.task_id and f.attempt = d.attempt
      order by d.task_id, d.attempt
      for update of d
    ), purged as (
      delete from absurd.dead_letters as d
      using named as n
      where d.task_id = n.task_id and d.attempt = n.attempt
      returning d.task_id
    )
    select distinct p.task_id from purged as p;
end;
$$;

comment on function absurd.purge_dead_letters(jsonb) is
  'Forgets dead letters and returns their task ids; the tasks stay failed. Needs a filter, or {"all": true}: else raises '
  '22023.';

create or replace function absurd._require_filter(p_filter jsonb)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if coalesce(jsonb_strip_nulls(p_filter) - array['include_replayed', 'all'], '{}') = '{}'
    and p_filter -> 'all' is distinct from 'true' then
    perform absurd._raise('22023', 'No filter was given',
      'Name task_ids, queue_name, task_name or another key, or pass {"all": true}.');
  end if;
end;
$$;

comment on function absurd._require_filter(jsonb) is 'Raises 22023 for a bulk operation that names nothing.';

create or replace function absurd._dead_letters(p_filter jsonb)
returns setof absurd.dead_letters
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform absurd._check_keys(coalesce(p_filter, '{}'),
    array['task_ids', 'queue_name', 'task_name', 'workflow_id', 'error', 'since', 'until', 'all', 'include_replayed'],
    'The filter');
  return query
    select d.*
    from absurd.dead_letters as d
    where (coalesce(p_filter -> 'include_replayed', 'false') = 'true' or d.replayed_at is null)
      and (coalesce(p_filter -> 'task_ids', 'null') = 'null' or d.task_id in (
        select i.id::uuid from jsonb_array_elements_text(p_filter -> 'task_ids') as i (id)
      ))
      and (p_filter ->> 'queue_name' is null or d.queue_name = p_filter ->> 'queue_name')
      and (p_filter ->> 'task_name' is null or d.task_name = p_filter ->> 'task_name')
      and (p_filter ->> 'workflow_id' is null or d.task_id in (
        select t.task_id from absurd._steps_of(array[(p_filter ->> 'workflow_id')::uuid]) as t
      ))
      and (p_filter ->> 'error' is null
        or strpos(lower(concat_ws(' ', d.error_reason, d.error)), lower(p_filter ->> 'error')) > 0)
      and (p_filter ->> 'since' is null or d.failed_at >= (p_filter ->> 'since')::timestamptz)
      and (p_filter ->> 'until' is null or d.failed_at < (p_filter ->> 'until')::timestamptz);
end;
$$;

comment on function absurd._dead_letters(jsonb) is 'The dead letters that a filter names. Raises 22023 for an unknown key.';
