-- Privileges. Nothing is open to everybody. With roles, this is the list of who may call what; tables can be read by
-- operators and readers, and written by nobody. Functions whose name begins with _ are granted to nobody.

revoke all on schema absurd from public;
revoke all on all tables in schema absurd from public;
revoke all on all routines in schema absurd from public;

select absurd._adopt('absurd');

do $$
declare
  v_grant record;
begin
  if not exists (
    select from pg_catalog.pg_namespace as n where n.nspname = 'absurd' and n.nspowner = to_regrole('absurd_owner')
  ) then
    return; -- Installed without roles: everything is the installing user's own.
  end if;

  grant usage on schema absurd to absurd_producer, absurd_worker, absurd_operator, absurd_reader;
  grant select on absurd.tasks, absurd.workflows, absurd.scheduled_tasks to absurd_operator, absurd_reader;

  for v_grant in
    select p.oid::regprocedure as signature, r.role
    from (values
      ('absurd_producer', array[
        'clock', 'schema_version', 'spawn_task', 'spawn_tasks', 'spawn_workflow', 'get_task', 'get_workflow'
      ]),
      ('absurd_worker', array[
        'clock', 'schema_version', 'register_worker', 'deregister_worker', 'claim_task', 'claim_tasks',
        'heartbeat_worker', 'heartbeat_task', 'report_progress', 'append_logs', 'complete_task', 'complete_tasks',
        'fail_task', 'fail_tasks', 'release_tasks', 'acknowledge_tasks', 'recover_claims', 'prune', 'get_queue_stats',
        'due_schedules', 'fire_schedule', 'fail_schedule', 'register_scheduler', 'deregister_scheduler'
      ]),
      ('absurd_reader', array[
        'clock', 'schema_version', 'get_status', 'get_task', 'list_tasks', 'list_task_ids', 'find_tasks', 'read_logs',
        'get_workflow', 'list_workflows', 'find_workflows', 'get_queue_stats', 'list_workers', 'list_dead_letters',
        'get_dead_letter', 'get_schedule', 'list_schedules', 'list_schedule_runs', 'list_schedulers', 'list_limits',
        'explain_task'
      ]),
      ('absurd_operator', array[
        'clock', 'schema_version', 'get_status', 'spawn_task', 'spawn_tasks', 'spawn_workflow', 'get_task',
        'list_tasks', 'list_task_ids', 'cancel_tasks', 'retry_tasks', 'release_claims', 'unblock_tasks', 'find_tasks',
        'get_workflow', 'list_workflows', 'find_workflows', 'get_queue_stats', 'list_workers', 'register_worker',
        'deregister_worker', 'claim_task', 'claim_tasks', 'heartbeat_worker', 'heartbeat_task', 'report_progress',
        'append_logs', 'read_logs', 'complete_task', 'complete_tasks', 'fail_task', 'fail_tasks', 'release_tasks',
        'acknowledge_tasks', 'recover_claims', 'cancel_task', 'cancel_workflow', 'retry_task', 'list_dead_letters',
        'get_dead_letter', 'replay_dead_letters', 'purge_dead_letters', 'pause_queue', 'resume_queue', 'set_limit',
        'list_limits', 'set_priority', 'set_priorities', 'prune', 'explain_task', 'due_schedules', 'fire_schedule',
        'fail_schedule', 'register_scheduler', 'deregister_scheduler', 'get_schedule', 'list_schedules',
        'list_schedule_runs', 'list_schedulers', 'save_schedule', 'pause_schedule', 'resume_schedule',
        'remove_schedule', 'trigger_schedule'
      ])
    ) as r (role, functions)
    cross join lateral unnest(r.functions) as f (name)
    join pg_catalog.pg_proc as p on p.proname = f.name and p.pronamespace = 'absurd'::regnamespace
  loop
    execute format('grant execute on function %s to %I', v_grant.signature, v_grant.role);
  end loop;
end;
$$;
