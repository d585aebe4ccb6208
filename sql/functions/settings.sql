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
set search_path = ''
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

create or replace function absurd._defaults_of(p_settings jsonb)
returns jsonb
language sql
immutable
as $$
  select absurd._default_settings() || jsonb_strip_nulls(coalesce(p_settings -> 'defaults', '{}'));
$$;

comment on function absurd._defaults_of(jsonb) is
  'What holds for the tasks of a worker where neither task nor stage says anything, by the settings of its claims.';

create or replace function absurd._setting(p_own jsonb, p_stage jsonb, p_defaults jsonb, p_name text)
returns jsonb
language sql
immutable
as $$
  select coalesce(p_own -> p_name, p_stage -> p_name, p_defaults -> p_name);
$$;

comment on function absurd._setting(jsonb, jsonb, jsonb, text) is
  'A setting of a task: its own, else its stage''s, else the worker''s.';

create or replace function absurd._longest_wait(p_settings jsonb)
returns interval
language sql
immutable
as $$
  select make_interval(secs => greatest(coalesce((p_settings ->> 'wait_sec')::float8, 60), 5));
$$;

comment on function absurd._longest_wait(jsonb) is 'For how long a worker sleeps at most, by its settings.';
