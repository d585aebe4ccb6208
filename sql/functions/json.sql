-- Callers' JSON on its way into jsonb. Array forms take json, because one value that jsonb cannot hold (a NUL
-- character, half a surrogate pair, a number out of range) would otherwise refuse the whole array before any
-- function sees it.

create or replace function absurd._try_jsonb(p_value json)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return p_value::jsonb;
exception
  when untranslatable_character or invalid_text_representation or numeric_value_out_of_range
    or statement_too_complex or program_limit_exceeded then
    return null;
end;
$$;

comment on function absurd._try_jsonb(json) is 'The value as jsonb; SQL null when jsonb cannot hold it.';

create or replace function absurd._replace_unstorable(p_value json, p_replacement text)
returns json
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  -- A backslash that is itself escaped is data, hence the even run of them in front of an escape.
  select regexp_replace(
    p_value::text,
    '(?<!\\)((?:\\\\)*)(?:\\u0000'
      || '|\\u[dD][89abAB][[:xdigit:]]{2}(?!\\u[dD][c-fC-F])'
      || '|(?<!\\u[dD][89abAB][[:xdigit:]]{2})\\u[dD][c-fC-F][[:xdigit:]]{2})',
    '\1' || p_replacement,
    'g'
  )::json;
$$;

comment on function absurd._replace_unstorable(json, text) is
  'The value with NUL characters and unpaired surrogates, which PostgreSQL cannot store, replaced.';

create or replace function absurd._marked_path(p_value json, p_mark text, p_path text default '$')
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_child record;
  v_found text;
begin
  if p_value is null or (absurd._try_jsonb(p_value) is not null and strpos(p_value::text, p_mark) = 0) then
    return null;
  elsif length(p_path) > 500 then
    return p_path; -- deep enough to be found, and no recursion without end
  end if;
  for v_child in
    select '.' || c.key as step, c.value from json_each(
      case when json_typeof(p_value) = 'object' then p_value else '{}' end) as c
    union all
    select format('[%s]', c.ordinality - 1), c.value from json_array_elements(
      case when json_typeof(p_value) = 'array' then p_value else '[]' end) with ordinality as c (value)
  loop
    if strpos(v_child.step, p_mark) > 0 then
      return p_path || replace(v_child.step, p_mark, '\u0000');
    end if;
    v_found := absurd._marked_path(v_child.value, p_mark, p_path || v_child.step);
    if v_found is not null then
      return v_found;
    end if;
  end loop;
  return p_path;
end;
$$;

comment on function absurd._marked_path(json, text, text) is
  'Path of the first part that holds p_mark, or a number that jsonb cannot hold, such as $.a[2]; or null.';

create or replace function absurd._storable_problem(p_value json, p_part text)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  -- The mark is a character of the private use area, which no text should hold.
  select f.path || ' holds a NUL character, an unpaired surrogate or a number out of range, which cannot be stored'
  from (select absurd._replace_unstorable(p_value, chr(57344)) as value) as m
  cross join lateral (
    select absurd._marked_path(case when p_part is null then m.value else m.value -> p_part end, chr(57344)) as path
  ) as f;
$$;

comment on function absurd._storable_problem(json, text) is
  'Says which place in a value (in its part p_part, if given) jsonb cannot hold; null when there is none.';

create or replace function absurd._read_items(p_items json, p_what text, p_part text default null)
returns table (item int, value jsonb, problem text)
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_items constant jsonb := absurd._try_jsonb(p_items);
begin
  if json_typeof(p_items) is distinct from 'array' then
    perform absurd._raise('22023', format('%s must be a JSON array', p_what));
  end if;
  if v_items is not null then
    return query
      select e.ordinality::int, e.value, null::text
      from jsonb_array_elements(v_items) with ordinality as e (value);
    return;
  end if;
  return query
    select
      e.ordinality::int,
      coalesce(v.value, absurd._try_jsonb(absurd._replace_unstorable(e.value, '\\ufffd')), '{}'),
      case when v.value is null then absurd._storable_problem(e.value, p_part) end
    from json_array_elements(p_items) with ordinality as e (value)
    cross join lateral (select absurd._try_jsonb(e.value) as value) as v;
end;
$$;

comment on function absurd._read_items(json, text, text) is
  'The elements of an array argument, numbered from 1. One that jsonb cannot hold comes with U+FFFD in the place of '
  'what cannot be stored; problem says where that was, if within p_part (null: anywhere).';
