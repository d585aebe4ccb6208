-- One row per function, table, constraint, index and trigger of the schema and of the extras that are installed, with a
-- digest of its definition, and one of its owner and privileges. Taken from the catalog's own columns and not from
-- pg_get_functiondef, whose text may change with the server. Parentheses in expressions do not count: a backup that is
-- restored has others. A digest of this text is recorded, too: installations compare only what the same text recorded.
with schemas as (
  select n.oid, n.nspname as name, n.nspowner as owner, n.nspacl as acl
  from pg_catalog.pg_namespace as n
  where n.nspname = 'absurd'
    or exists (select from absurd.installed_objects as o where o.object = 'extra ' || n.nspname)
), functions as (
  select p.*, l.lanname from pg_catalog.pg_proc as p
  join pg_catalog.pg_language as l on l.oid = p.prolang
  where p.pronamespace in (select s.oid from schemas as s)
), relations as (
  select c.* from pg_catalog.pg_class as c
  where c.relnamespace in (select s.oid from schemas as s) and c.relkind in ('r', 'p', 'v', 'c')
), privileges as (
  select format('function %s', f.oid::regprocedure) as thing, f.proowner as owner,
    coalesce(f.proacl, acldefault('f', f.proowner)) as acl
  from functions as f
  union all
  select format('table %s', c.oid::regclass), c.relowner,
    c.relacl || (
      select array_agg(x.item)
      from pg_catalog.pg_attribute as a
      cross join lateral unnest(a.attacl) as x (item)
      where a.attrelid = c.oid
    )
  from relations as c
  where c.relkind <> 'c'
  union all
  select format('sequence %s', c.oid::regclass), c.relowner, c.relacl
  from pg_catalog.pg_class as c
  where c.relnamespace in (select s.oid from schemas as s) and c.relkind = 'S'
  union all
  select format('schema %I', s.name), s.owner, s.acl from schemas as s
)
select
  format('function %s', f.oid::regprocedure) as object,
  md5(concat_ws('|', f.prosrc, pg_get_function_arguments(f.oid), pg_get_function_result(f.oid), f.lanname,
    f.provolatile, f.prosecdef, f.proconfig::text)) as fingerprint
from functions as f
union all
select
  format('%s %s', case c.relkind when 'v' then 'view' when 'c' then 'type' else 'table' end, c.oid::regclass),
  md5((
    select string_agg(
      concat_ws('|', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, a.attidentity,
        translate(pg_get_expr(e.adbin, e.adrelid), '()', '')),
      ',' order by a.attnum
    )
    from pg_catalog.pg_attribute as a
    left join pg_catalog.pg_attrdef as e on e.adrelid = a.attrelid and e.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ))
from relations as c
union all
select
  format('constraint %s of %s', k.conname, k.conrelid::regclass),
  md5(concat_ws('|', translate(pg_get_constraintdef(k.oid), '()', ''), k.convalidated))
from pg_catalog.pg_constraint as k
-- PostgreSQL 18 lists "not null" as constraints too; they are part of the columns above.
where k.connamespace in (select s.oid from schemas as s) and k.conrelid <> 0 and k.contype <> 'n'
union all
select
  format('index %s', i.indexrelid::regclass),
  md5(concat_ws('|', translate(pg_get_indexdef(i.indexrelid), '()', ''), i.indisvalid))
from pg_catalog.pg_index as i
join pg_catalog.pg_class as c on c.oid = i.indexrelid
where c.relnamespace in (select s.oid from schemas as s)
union all
select
  format('trigger %s of %s', t.tgname, t.tgrelid::regclass),
  md5(concat_ws('|', pg_get_triggerdef(t.oid), t.tgenabled))
from pg_catalog.pg_trigger as t
join pg_catalog.pg_class as c on c.oid = t.tgrelid
where c.relnamespace in (select s.oid from schemas as s) and not t.tgisinternal
union all
select
  format('privileges of %s', p.thing),
  md5(concat_ws('|', pg_get_userbyid(p.owner), (
    select string_agg(concat_ws(' ', case g.grantee when 0 then '' else pg_get_userbyid(g.grantee) end,
      g.privilege_type, g.is_grantable), ',' order by pg_get_userbyid(g.grantee), g.privilege_type, g.is_grantable)
    from aclexplode(p.acl) as g
    where g.grantee <> p.owner
  )))
from privileges as p
