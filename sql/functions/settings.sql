-- Settings of retries, time limit and backoff: bounds, defaults, and whose hold.

create or replace function absurd._must_be(p_options jsonb, p_name text, p_what text)
returns text
language sql
immutable
as $$
  select format('%s must be %s: %s', p_name, p_what, left((p_options -> p_name)::text, 80));
$$;

comment on function absurd._must_be(jsonb, text, text) is 'The sentence for an option of the wrong kind, with its value.';

create or replace function absurd._are_settings(p_settings jsonb)
returns boolean
language sql
immutable
as $$
  -- As one path, because it is asked at each claim: PostgreSQL prepares an expression anew in each transaction.
  select (p_settings @? 'strict $ ? (
    exists(@.max_retries ? (!(@.type() == "number" && @ >= 0 && @ <= 1000000 && @ == @.floor()))) ||
    exists(@.timeout_sec ? (!(@.type() == "number" && @ >= 0.001 && @ <= 315360000))) ||
    exists(@.backoff_base_sec ? (!(@.type() == "number" && @ >= 0 && @ <= 315360000))) ||
    exists(@.backoff_cap_sec ? (!(@.type() == "number" && @ >= 0 && @ <= 315360000)))
  )') is not true;
$$;

comment on function absurd._are_settings(jsonb) is
  'Whether settings of retries, time limit and backoff, where there are any, lie within bounds, which keep every later '
  'sum finite.';

create or replace function absurd._setting_problem(p_settings jsonb)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if absurd._are_settings(p_settings) then
    return null;
  end if;
  return (
    select absurd._must_be(p_settings, s.name, s.what)
    from (values
      ('max_retries', 'a whole number from 0 to 1000000'),
      ('timeout_sec', 'a number of seconds from 0.001 to ten years'),
      ('backoff_base_sec', 'a number of seconds from 0 to ten years'),
      ('backoff_cap_sec', 'a number of seconds from 0 to ten years')
    ) as s (name, what)
    where p_settings ? s.name and not absurd._are_settings(jsonb_build_object(s.name, p_settings -> s.name))
    limit 1
  );
end;
$$;

comment on function absurd._setting_problem(jsonb) is
  'Says which of the settings of retries, time limit and backoff is wrong, or null.';

create or replace function absurd._default_settings()
returns jsonb
language sql
immutable
as $$
  select '{"max_retries": 3, "timeout_sec": 3600, "backoff_base_sec": 5, "backoff_cap_sec": 900}'::jsonb;
$$;

comment on function absurd._default_settings() is 'What holds where neither task, stage nor worker says anything.';

drop function if exists absurd._defaults_of(jsonb);

create or replace function absurd._terms_of(p_settings jsonb)
returns table (
  lease_sec double precision,
  heartbeat_sec double precision,
  max_retries int,
  timeout_sec double precision,
  backoff_base_sec double precision,
  backoff_cap_sec double precision
)
language sql
stable
as $$
  select
    coalesce((p_settings -> 'lease_sec')::float8, 120), coalesce((p_settings -> 'heartbeat_sec')::float8, 30),
    (d.settings -> 'max_retries')::numeric::int, (d.settings -> 'timeout_sec')::float8,
    (d.settings -> 'backoff_base_sec')::float8, (d.settings -> 'backoff_cap_sec')::float8
  from (
    select absurd._default_settings() || coalesce(nullif(p_settings -> 'defaults', 'null'), '{}') as settings offset 0
  ) as d
  offset 0; -- once, and not for each row that the caller joins
$$;

comment on function absurd._terms_of(jsonb) is
  'What holds for claims by the settings of their worker where neither task nor stage says anything else.';

drop function if exists absurd._setting(jsonb, jsonb, jsonb, text);

create or replace function absurd._longest_wait(p_settings jsonb)
returns interval
language sql
immutable
as $$
  select make_interval(secs => greatest(coalesce((p_settings ->> 'wait_sec')::float8, 60), 5));
$$;

comment on function absurd._longest_wait(jsonb) is 'For how long a worker sleeps at most, by its settings.';
