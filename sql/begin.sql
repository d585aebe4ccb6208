-- What an installation starts with: one installer at a time, and only where the schema is ours (or nobody's).

do $$
begin
  -- An installer whose machine went down must not keep the tables from everybody.
  perform set_config('idle_in_transaction_session_timeout', '10s', true);
  perform pg_advisory_xact_lock(hashtextextended('absurd schema', 0));
  if current_setting('server_version_num')::int < 140000 then
    raise exception using errcode = 'TQ007',
      message = format('PostgreSQL %s is too old', current_setting('server_version')),
      hint = 'Use PostgreSQL 14 or newer.';
  end if;
  if exists (
    select
    from pg_catalog.pg_namespace as n
    where n.nspname = 'absurd'
      and not exists (
        select
        from pg_catalog.pg_class as c
        join pg_catalog.pg_attribute as a on a.attrelid = c.oid
        where c.relnamespace = n.oid and c.relname = 'installed_objects' and a.attname = 'fingerprint'
      )
      and (
        exists (select from pg_catalog.pg_class as c where c.relnamespace = n.oid)
        or exists (select from pg_catalog.pg_proc as p where p.pronamespace = n.oid)
      )
  ) then
    raise exception using errcode = 'TQ007',
      message = format('Schema absurd of database %s belongs to something else', current_database()),
      hint = 'Another project of this name makes one too. Use another database, or drop that schema.';
  end if;
end;
$$;

create schema if not exists absurd;

create table if not exists absurd.migrations (
  version int not null,
  name text not null,
  applied_at timestamptz not null default now(),
  constraint migrations_pkey primary key (version)
);

create table if not exists absurd.installed_objects (
  object text not null,
  fingerprint text not null,
  constraint installed_objects_pkey primary key (object)
);
