-- Sinks: functions of the schema's owner that take a result into other tables, in the completing transaction.

create or replace function absurd.register_sink(p_sink_name text, p_function regprocedure)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform absurd._require_name(p_sink_name, 'sink_name');
  if not exists (
    select
    from pg_catalog.pg_proc as p
    where p.oid = p_function and p.prokind = 'f' and oidvectortypes(p.proargtypes) = 'uuid, integer, jsonb'
  ) then
    perform absurd._raise('22023', format('A sink must be a function of (uuid, int, jsonb): %s', p_function),
      'It is called with the task id, the attempt and the result.');
  end if;
  insert into absurd.sinks as s (sink_name, function_name, created_at)
  select p_sink_name, format('%I.%I', n.nspname, p.proname), absurd.clock()
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
  where p.oid = p_function
  on conflict (sink_name) do update set function_name = excluded.function_name;
end;
$$;

comment on function absurd.register_sink(text, regprocedure) is
  'Names a function (p_task_id uuid, p_attempt int, p_result jsonb) that stages may use as on_complete. For the '
  'schema''s owner only: the function runs with the owner''s rights. Raises 22023 for another kind of function.';

create or replace function absurd._run_sinks(p_ends absurd._attempt_end[])
returns absurd._attempt_end[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_end absurd._attempt_end;
  v_ends absurd._attempt_end[] := '{}';
  v_sink_name text;
  v_problem text;
begin
  foreach v_end in array p_ends loop
    if v_end.verdict = 'ok' then
      select t.on_complete
      into v_sink_name
      from absurd.tasks as t
      where t.task_id = v_end.task_id and t.attempt = v_end.attempt and t.state = 'claimed';
      v_problem := case when v_sink_name is not null
        then absurd._run_sink(v_sink_name, v_end.task_id, v_end.attempt, v_end.result) end;
      if v_problem is not null then
        v_end.verdict := 'sink_failed';
        v_end.reason := 'sink';
        v_end.message := v_problem;
      end if;
    end if;
    v_ends := v_ends || v_end;
  end loop;
  return v_ends;
end;
$$;

comment on function absurd._run_sinks(absurd._attempt_end[]) is
  'Runs the sinks of live claims; an end whose sink fails gets the verdict sink_failed.';

create or replace function absurd._run_sink(p_sink_name text, p_task_id uuid, p_attempt int, p_result jsonb)
returns text
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_function_name text;
begin
  select s.function_name into v_function_name from absurd.sinks as s where s.sink_name = p_sink_name;
  if not found then
    return format('Sink %1$s is not installed: run absurd init --with %1$s, or register it', p_sink_name);
  end if;
  -- The one dynamic call of this schema: which function it is was decided by the owner, in register_sink.
  execute format('select %s($1, $2, $3)', v_function_name) using p_task_id, p_attempt, p_result;
  return null;
exception
  -- A deadlock or a serialization failure is nobody's fault: the whole call is to be made again.
  when deadlock_detected or serialization_failure or query_canceled or admin_shutdown then
    raise;
  when others then
    return format('Sink %s failed: %s (%s)', p_sink_name, sqlerrm, sqlstate);
end;
$$;

comment on function absurd._run_sink(text, uuid, int, jsonb) is
  'Runs one sink; returns why it failed, or null. Its changes are undone when it fails.';
