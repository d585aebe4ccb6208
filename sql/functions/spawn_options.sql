-- Reading what a caller asks for: items of {queue_name, task_name, params, …options} become typed specs.

create or replace function absurd._is_number(p_value jsonb, p_min numeric, p_max numeric, p_whole boolean)
returns boolean
language sql
immutable
as $$
  select case
    when jsonb_typeof(p_value) = 'number' then
      p_value::numeric between p_min and p_max and (not p_whole or p_value::numeric = trunc(p_value::numeric))
    else p_value is null
  end;
$$;

comment on function absurd._is_number(jsonb, numeric, numeric, boolean) is
  'Whether an optional value is absent, or a number within bounds (a whole one if p_whole).';

create or replace function absurd._are_short_options(p_options jsonb)
returns boolean
language sql
immutable
as $$
  select p_options - '{priority,dlq_enabled}'::text[] = '{}'
    and absurd._is_number(p_options -> 'priority', -2147483648, 2147483647, true)
    and coalesce(jsonb_typeof(p_options -> 'dlq_enabled') = 'boolean', true);
$$;

comment on function absurd._are_short_options(jsonb) is
  'Whether options of a spawn are what most have: a priority, and whether a dead letter is kept. They need no longer look.';

create or replace function absurd._is_uuid(p_text text)
returns boolean
language sql
immutable
as $$
  select p_text ~ '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$';
$$;

comment on function absurd._is_uuid(text) is 'Whether a text is a UUID as this schema writes them.';

create or replace function absurd._option_problem(p_options jsonb)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select case
      when u.unknown <> '{}' then
        format('Unknown option: %s', (select string_agg(k.key, ', ') from jsonb_object_keys(u.unknown) as k (key)))
      when not absurd._is_number(p_options -> 'priority', -2147483648, 2147483647, true) then
        absurd._must_be(p_options, 'priority', 'a whole number of 32 bits')
      when not absurd._is_number(p_options -> 'delay_sec', 0, 315360000, false) then
        absurd._must_be(p_options, 'delay_sec', 'a number of seconds from 0 to ten years')
      when p_options ? 'delay_sec' and p_options ? 'run_at' then 'delay_sec and run_at cannot be given together'
      when p_options ? 'run_at' and absurd._to_timestamptz(p_options ->> 'run_at') is null then
        absurd._must_be(p_options, 'run_at', 'a point in time in ISO 8601')
      when p_options ? 'depends_on' and not absurd._is_uuid_array(p_options -> 'depends_on') then
        absurd._must_be(p_options, 'depends_on', 'an array of task ids')
      when coalesce(p_options ->> 'on_parent_failure', 'cancel') not in ('cancel', 'wait', 'ignore') then
        absurd._must_be(p_options, 'on_parent_failure', 'cancel, wait or ignore')
      when p_options ? 'key'
        and (jsonb_typeof(p_options -> 'key') <> 'string' or length(p_options ->> 'key') not between 1 and 512) then
        absurd._must_be(p_options, 'key', 'a text of 1 to 512 characters')
      when not absurd._is_number(p_options -> 'key_window_sec', 0, 3153600000, false) then
        absurd._must_be(p_options, 'key_window_sec', 'a number of seconds from 0 to a hundred years')
      when p_options ? 'dlq_enabled' and jsonb_typeof(p_options -> 'dlq_enabled') <> 'boolean' then
        absurd._must_be(p_options, 'dlq_enabled', 'true or false')
      else absurd._setting_problem(p_options)
    end
    from (
      select p_options - array[
        'priority', 'delay_sec', 'run_at', 'depends_on', 'on_parent_failure', 'key', 'key_window_sec', 'dlq_enabled',
        'max_retries', 'timeout_sec', 'backoff_base_sec', 'backoff_cap_sec'
      ] as unknown
    ) as u
  );
end;
$$;

comment on function absurd._option_problem(jsonb) is
  'Says what is wrong with the options of a spawn, naming option and value; or null.';

create or replace function absurd._is_uuid_array(p_value jsonb)
returns boolean
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_typeof(p_value) = 'array' and not exists (
    select
    from jsonb_array_elements(case when jsonb_typeof(p_value) = 'array' then p_value else '[]' end) as e (value)
    where jsonb_typeof(e.value) <> 'string' or not absurd._is_uuid(e.value #>> '{}')
  );
$$;

comment on function absurd._is_uuid_array(jsonb) is 'Whether a value is an array of UUIDs.';

create or replace function absurd._item_problem(p_item jsonb)
returns text
language sql
stable
as $$
  select case
    when jsonb_typeof(p_item) <> 'object' then 'A task must be a JSON object'
    when jsonb_typeof(p_item -> 'queue_name') is distinct from 'string' then 'queue_name must be a text'
    when jsonb_typeof(p_item -> 'task_name') is distinct from 'string' then 'task_name must be a text'
    when coalesce(jsonb_typeof(p_item -> 'params'), 'null') not in ('object', 'null') then
      'params must be a JSON object'
    else coalesce(
      case when not absurd._is_name(p_item ->> 'queue_name') then
        absurd._name_problem(p_item ->> 'queue_name', 'queue_name')
      end,
      case when not absurd._is_name(p_item ->> 'task_name') then
        absurd._name_problem(p_item ->> 'task_name', 'task_name')
      end,
      case when not absurd._are_short_options(p_item - array['queue_name', 'task_name', 'params']) then
        absurd._option_problem(jsonb_strip_nulls(p_item - array['queue_name', 'task_name', 'params']))
      end
    )
  end;
$$;

comment on function absurd._item_problem(jsonb) is 'Says what is wrong with one item of a spawn, or null.';

create or replace function absurd._read_specs(p_items jsonb[], p_problems text[], p_now timestamptz)
returns absurd._task_spec[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id constant text := absurd._batch_id();
begin
  return (
    select array_agg(
      (
        i.item,
        case when cardinality(p_items) = 1 then v_id::uuid else absurd._item_id(v_id, i.item::int) end,
        o.good ->> 'queue_name',
        o.good ->> 'task_name',
        p.params,
        coalesce((o.good ->> 'priority')::numeric::int, 0),
        coalesce(
          (o.good ->> 'run_at')::timestamptz, p_now + make_interval(secs => (o.good ->> 'delay_sec')::float8), p_now
        ),
        d.parent_ids,
        array_fill(coalesce(o.good ->> 'on_parent_failure', 'cancel'), array[cardinality(d.parent_ids)]),
        o.good ->> 'key',
        (o.good ->> 'key_window_sec')::float8,
        nullif(o.good - array[
          'queue_name', 'task_name', 'priority', 'delay_sec', 'run_at', 'depends_on', 'on_parent_failure', 'key',
          'key_window_sec', 'dlq_enabled'
        ], '{}'),
        coalesce((o.good ->> 'dlq_enabled')::boolean, true),
        null, null, 0, 0, i.problem is null and not p.too_large, false,
        case when i.problem is not null then 'invalid' when p.too_large then 'too_large' else 'ok' end,
        coalesce(i.problem, case when p.too_large then format('params have %s bytes, more than the %s allowed',
          pg_column_size(p.params), absurd._max_bytes()) end)
      )::absurd._task_spec
      order by i.item
    )
    from (
      select u.item, u.value, coalesce(u.problem, absurd._item_problem(u.value)) as problem
      from unnest(p_items, p_problems) with ordinality as u (value, problem, item)
      offset 0 -- here and below: work it out once, not at each use
    ) as i
    cross join lateral (
      select case when i.problem is null then jsonb_strip_nulls(i.value - 'params') else '{}' end as good
      offset 0
    ) as o
    cross join lateral (
      select q.params, pg_column_size(q.params) > absurd._max_bytes() as too_large
      from (
        select case when i.problem is null then coalesce(nullif(i.value -> 'params', 'null'), '{}') end as params
      ) as q
      offset 0
    ) as p
    cross join lateral (
      select array(
        select distinct e.id::uuid from jsonb_array_elements_text(o.good -> 'depends_on') as e (id)
      ) as parent_ids
      offset 0
    ) as d
  );
end;
$$;

comment on function absurd._read_specs(jsonb[], text[], timestamptz) is
  'Types the items of a spawn and gives each an id. What is wrong with an item is told in its outcome and message.';
