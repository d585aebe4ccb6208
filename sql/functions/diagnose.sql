-- What a doctor asks a server.

create or replace function absurd.diagnose()
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  return jsonb_build_object(
    'at', clock_timestamp(),
    'queue_time_is_real', abs(extract(epoch from absurd.clock() - clock_timestamp())) < 1,
    'server_version', current_setting('server_version'),
    'server_version_num', current_setting('server_version_num')::int,
    'in_recovery', pg_is_in_recovery(),
    'isolation', current_setting('default_transaction_isolation'),
    'user', session_user,
    'rights', jsonb_build_object(
      'spawn', has_function_privilege(session_user, 'absurd.spawn_task(text, text, jsonb, jsonb)', 'execute'),
      'work', has_function_privilege(session_user, 'absurd.complete_tasks(json)', 'execute'),
      'look', has_function_privilege(session_user, 'absurd.get_status(text)', 'execute'),
      'operate', has_function_privilege(session_user, 'absurd.cancel_task(uuid, text)', 'execute')
    ),
    'autovacuum', current_setting('autovacuum')::boolean and current_setting('track_counts')::boolean,
    -- Not from pg_stat_activity, where the schema's owner sees no sessions but its own.
    'connections', (select sum(d.numbackends)::int from pg_catalog.pg_stat_database as d),
    'max_connections', current_setting('max_connections')::int,
    'oldest_transaction_sec', coalesce(
      (
        select round(max(extract(epoch from clock_timestamp() - a.xact_start)))::int
        from pg_catalog.pg_stat_activity as a
        where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_xmin is not null
      ),
      case when pg_has_role(current_user, 'pg_read_all_stats', 'usage') then 0 end
    ),
    'database_bytes', pg_database_size(current_database()),
    'tables', (
      select coalesce(jsonb_agg(
        jsonb_build_object(
          'name', s.relname, 'bytes', pg_total_relation_size(s.relid), 'rows', s.n_live_tup, 'dead_rows', s.n_dead_tup,
          'vacuumed_at', greatest(s.last_vacuum, s.last_autovacuum)
        )
        order by pg_total_relation_size(s.relid) desc
      ), '[]')
      from pg_catalog.pg_stat_user_tables as s
      where s.schemaname = 'absurd'
    )
  );
end;
$$;

comment on function absurd.diagnose() is
  'What absurd doctor asks the server: versions, the rights of the session''s user, autovacuum, connections, sizes.';
