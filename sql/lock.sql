-- What an upgrade takes first: all tables at once, so that it waits for nobody afterwards. Calls in flight hold some
-- tables and want others, in any order, so whoever waits for one table while holding another ends in a deadlock with
-- them, and the longer it waits, the more of them stand behind it. Most tries therefore wait for nothing: they look for
-- a moment when nobody is in a call, of which a busy queue has hundreds a second. Where there is none, because
-- somebody always reads, a try now and then waits, and gives everything up again when it is not done soon.

do $lock$
declare
  v_tables text[] := array(
    select c.oid::regclass::text
    from pg_catalog.pg_class as c
    where c.relnamespace = 'absurd'::regnamespace and c.relkind in ('r', 'p')
    order by c.relname = 'tasks' desc, c.relname
  );
  v_table text;
  v_tries int := 0;
  v_waits bool;
  v_lock_timeout constant text := current_setting('lock_timeout');
  v_give_up_at constant timestamptz := clock_timestamp() + interval '1 minute';
  v_holder record;
begin
  loop
    v_tries := v_tries + 1;
    v_waits := v_tries % 300 = 0;
    begin
      if v_waits then
        -- Below deadlock_timeout, so that no call is ended for our sake; often short, as everybody waits meanwhile.
        perform set_config('lock_timeout', round(50 * 16 ^ random())::text, true);
        foreach v_table in array v_tables loop
          execute format('lock table %s in access exclusive mode', v_table);
        end loop;
        perform set_config('lock_timeout', v_lock_timeout, true);
      else
        execute format('lock table %s in access exclusive mode nowait', array_to_string(v_tables, ', '));
      end if;
      return;
    exception when lock_not_available or deadlock_detected then
      if v_waits then -- the next begins with what was missing
        v_tables := v_table || array_remove(v_tables, v_table);
      end if;
    end;
    exit when clock_timestamp() > v_give_up_at;
    perform pg_sleep(0.0001);
  end loop;

  select l.relation::regclass as name, l.pid, coalesce(nullif(a.application_name, ''), 'unnamed') as program,
    a.xact_start as since
  into v_holder
  from pg_catalog.pg_locks as l
  left join pg_catalog.pg_stat_activity as a on a.pid = l.pid
  where l.relation = any (v_tables::regclass[]) and l.granted and l.pid <> pg_backend_pid()
  order by a.xact_start
  limit 1;
  raise exception using errcode = '55P03',
    message = case when v_holder.pid is null
      then 'Schema absurd was in use whenever the upgrade wanted to have it, for a minute'
      else format('Table %s is held by process %s (%s, in a transaction since %s)', v_holder.name, v_holder.pid,
        v_holder.program, v_holder.since)
    end,
    hint = 'Nothing was changed. '
      || case when v_holder.pid is null then 'Try again when less is going on.'
        else format('Try again when that transaction has ended, or end it: select pg_terminate_backend(%s)',
          v_holder.pid)
        end;
end;
$lock$;
