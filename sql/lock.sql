-- What an upgrade takes first: all tables at once, so that it waits for nobody afterwards. Calls in flight hold some
-- tables and want others, in any order, so waiting long for one while holding others would end in a deadlock. A try
-- that is not done soon gives everything up again, which lets the calls go on, and the next begins with what was
-- missing.

do $lock$
declare
  v_tables text[] := array(
    select c.oid::regclass::text
    from pg_catalog.pg_class as c
    where c.relnamespace = 'absurd'::regnamespace and c.relkind in ('r', 'p')
    order by c.relname = 'tasks' desc, c.relname
  );
  v_table text;
  v_lock_timeout constant text := current_setting('lock_timeout');
  v_give_up_at constant timestamptz := clock_timestamp() + interval '1 minute';
  v_holder record;
begin
  loop
    begin
      -- Below deadlock_timeout, so that no call is ended for our sake; often short, because everybody waits meanwhile.
      perform set_config('lock_timeout', round(50 * 16 ^ random())::text, true);
      foreach v_table in array v_tables loop
        execute format('lock table %s in access exclusive mode', v_table);
      end loop;
      perform set_config('lock_timeout', v_lock_timeout, true);
      return;
    exception when lock_not_available or deadlock_detected then
      v_tables := v_table || array_remove(v_tables, v_table);
    end;
    exit when clock_timestamp() > v_give_up_at;
    perform pg_sleep(0.02 + random() / 10);
  end loop;

  select l.pid, coalesce(nullif(a.application_name, ''), 'unnamed') as program, a.xact_start as since into v_holder
  from pg_catalog.pg_locks as l
  left join pg_catalog.pg_stat_activity as a on a.pid = l.pid
  where l.relation = v_table::regclass and l.granted and l.pid <> pg_backend_pid()
  order by a.xact_start
  limit 1;
  raise exception using errcode = '55P03',
    message = case when v_holder.pid is null
      then format('Table %s was in use whenever the upgrade wanted to have it, for a minute', v_table)
      else format('Table %s is held by process %s (%s, in a transaction since %s)', v_table, v_holder.pid,
        v_holder.program, v_holder.since)
    end,
    hint = 'Nothing was changed. Try again when that transaction has ended, or end it: '
      || format('select pg_terminate_backend(%s)', v_holder.pid);
end;
$lock$;
