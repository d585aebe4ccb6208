-- One row per function, table, constraint, index and trigger of the schema, with a digest of its definition. Taken
-- from the catalog's own columns and not from pg_get_functiondef, whose text may change with the server.
select
  format('function %s', p.oid::regprocedure) as object,
  md5(concat_ws('|', p.prosrc, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname,
    p.provolatile, p.prosecdef, p.proconfig::text)) as fingerprint
from pg_catalog.pg_proc as p
join pg_catalog.pg_language as l on l.oid = p.prolang
where p.pronamespace = 'absurd'::regnamespace
union all
select
  format('table %s', c.oid::regclass),
  md5((
    select string_agg(
      concat_ws('|', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, a.attidentity,
        pg_get_expr(e.adbin, e.adrelid)),
      ',' order by a.attnum
    )
    from pg_catalog.pg_attribute as a
    left join pg_catalog.pg_attrdef as e on e.adrelid = a.attrelid and e.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ))
from pg_catalog.pg_class as c
where c.relnamespace = 'absurd'::regnamespace and c.relkind in ('r', 'p')
union all
select
  format('constraint %s of %s', k.conname, k.conrelid::regclass),
  md5(concat_ws('|', pg_get_constraintdef(k.oid), k.convalidated))
from pg_catalog.pg_constraint as k
-- PostgreSQL 18 lists "not null" as constraints too; they are part of the columns above.
where k.connamespace = 'absurd'::regnamespace and k.conrelid <> 0 and k.contype <> 'n'
union all
select format('index %s', i.indexrelid::regclass), md5(concat_ws('|', pg_get_indexdef(i.indexrelid), i.indisvalid))
from pg_catalog.pg_index as i
join pg_catalog.pg_class as c on c.oid = i.indexrelid
where c.relnamespace = 'absurd'::regnamespace
union all
select
  format('trigger %s of %s', t.tgname, t.tgrelid::regclass),
  md5(concat_ws('|', pg_get_triggerdef(t.oid), t.tgenabled))
from pg_catalog.pg_trigger as t
join pg_catalog.pg_class as c on c.oid = t.tgrelid
where c.relnamespace = 'absurd'::regnamespace and not t.tgisinternal
