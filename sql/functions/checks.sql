-- Checks of arguments, and the one place that raises the SQLSTATEs of this schema (table in sql/README.md).

create or replace function absurd._raise(p_sqlstate text, p_message text, p_hint text default null)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_hint is null then
    raise exception using errcode = p_sqlstate, message = p_message;
  end if;
  raise exception using errcode = p_sqlstate, message = p_message, hint = p_hint;
end;
$$;

comment on function absurd._raise(text, text, text) is 'Raises an error with a SQLSTATE, a message and a remedy.';

create or replace function absurd._require_read_committed()
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    perform absurd._raise(
      '25001',
      format('The queue cannot be changed in a %s transaction', current_setting('transaction_isolation')),
      'Use READ COMMITTED: after waiting for a lock, the newest rows must be seen.'
    );
  end if;
end;
$$;

comment on function absurd._require_read_committed() is
  'Raises 25001 unless the transaction is READ COMMITTED; called before locks whose holder''s changes must be seen.';

create or replace function absurd._check_keys(p_object jsonb, p_allowed text[], p_what text)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if jsonb_typeof(p_object) is distinct from 'object' then
    perform absurd._raise('22023', format('%s must be a JSON object', p_what));
  end if;
  if p_object - p_allowed <> '{}' then
    perform absurd._raise(
      '22023',
      format('%s has an unknown key: %s', p_what,
        (select string_agg(k.key, ', ' order by k.key) from jsonb_object_keys(p_object - p_allowed) as k (key))),
      format('Known keys: %s.', array_to_string(p_allowed, ', '))
    );
  end if;
end;
$$;

comment on function absurd._check_keys(jsonb, text[], text) is
  'Raises 22023 when p_object is not an object or has a key that is not allowed, naming it.';

create or replace function absurd._is_text_of_names(p_text text)
returns boolean
language sql
immutable
as $$
  select p_text !~ '[\u0001-\u001f\u007f]';
$$;

comment on function absurd._is_text_of_names(text) is 'Whether a text holds no control character, which no name may.';

create or replace function absurd._is_name(p_name text)
returns boolean
language sql
immutable
as $$
  select coalesce(length(p_name) between 1 and 128 and absurd._is_text_of_names(p_name), false);
$$;

comment on function absurd._is_name(text) is
  'Whether a queue, task, step or worker can have such a name. Queue names travel in notifications.';

create or replace function absurd._name_problem(p_name text, p_what text)
returns text
language plpgsql -- which the server calls faster than SQL that it cannot put into its caller
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when p_name is null then format('%s is missing', p_what)
    when not absurd._is_name(p_name) then
      format('%s must have 1 to 128 characters and no control characters: %s', p_what, to_json(left(p_name, 140)))
  end;
end;
$$;

comment on function absurd._name_problem(text, text) is
  'Says why a name of a queue, task, step or worker cannot be used, or null.';

create or replace function absurd._require_name(p_name text, p_what text)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_problem constant text := absurd._name_problem(p_name, p_what);
begin
  if v_problem is not null then
    perform absurd._raise('22023', v_problem);
  end if;
end;
$$;

comment on function absurd._require_name(text, text) is 'Raises 22023 when a name cannot be used.';

create or replace function absurd._max_bytes()
returns int
language sql
immutable
as $$
  select 1048576;
$$;

comment on function absurd._max_bytes() is
  'Largest size of params and of a result, in bytes of the database''s own form of JSON: 1 MiB.';

create or replace function absurd._to_timestamptz(p_text text)
returns timestamptz
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return p_text::timestamptz;
exception
  when others then
    return null;
end;
$$;

comment on function absurd._to_timestamptz(text) is 'Reads a point in time; null when the text is none.';
