-- What the installer and its checks ask.

create or replace function absurd.schema_version()
returns int
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  select coalesce(max(m.version), 0) from absurd.migrations as m;
$$;

comment on function absurd.schema_version() is 'Number of the newest migration that this schema has.';

create or replace function absurd._oldest_client_version()
returns int
language sql
immutable
as $$
  -- Raise it when a function that programs call goes away or changes what it means: older ones are refused then. Where
  -- the old form can stay beside the new one for a while, nodes can be updated one after the other.
  select 9;
$$;

comment on function absurd._oldest_client_version() is
  'Version of the schema that the oldest program was made for that still works with this one.';

create or replace function absurd.handshake(p_client_version int)
returns int
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_version constant int := absurd.schema_version();
begin
  if p_client_version > v_version then
    raise exception using errcode = 'TQ007',
      message = format('Schema absurd has version %s, older than the %s that this program needs', v_version,
        p_client_version),
      hint = 'Run: absurd init';
  elsif p_client_version < absurd._oldest_client_version() then
    raise exception using errcode = 'TQ007',
      message = format('This program was made for version %s of schema absurd, and version %s takes none older than %s',
        p_client_version, v_version, absurd._oldest_client_version()),
      hint = 'Update absurd on this machine.';
  end if;
  return v_version;
end;
$$;

comment on function absurd.handshake(int) is
  'The first call of every program. p_client_version: version of the schema that it was made for. Returns the one that '
  'is installed; TQ007 when they do not go together.';

create or replace function absurd._adopt(p_schema_name text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_owner constant regrole := (select n.nspowner from pg_catalog.pg_namespace as n where n.nspname = 'absurd')::regrole;
  v_object record;
begin
  for v_object in
    select 'schema' as kind, format('%I', n.nspname) as name
    from pg_catalog.pg_namespace as n
    where n.nspname = p_schema_name and n.nspowner <> v_owner
    union all
    select 'table', c.oid::regclass::text
    from pg_catalog.pg_class as c
    where c.relnamespace = to_regnamespace(p_schema_name) and c.relkind in ('r', 'p', 'v') and c.relowner <> v_owner
    union all
    select 'routine', p.oid::regprocedure::text
    from pg_catalog.pg_proc as p
    where p.pronamespace = to_regnamespace(p_schema_name) and p.proowner <> v_owner
    union all
    select 'type', t.oid::regtype::text
    from pg_catalog.pg_type as t
    join pg_catalog.pg_class as c on c.oid = t.typrelid and c.relkind = 'c'
    where t.typnamespace = to_regnamespace(p_schema_name) and t.typowner <> v_owner
  loop
    execute format('alter %s %s owner to %s', v_object.kind, v_object.name, v_owner);
  end loop;
end;
$$;

comment on function absurd._adopt(text) is
  'Gives all that a schema holds to the owner of schema absurd: absurd_owner, when roles were made.';
