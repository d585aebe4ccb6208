-- Privileges. Nothing is open to everybody. With roles, this is the list of who may call what; tables can be read by
-- operators and readers, and written by nobody. Functions whose name begins with _ are granted to nobody.

select absurd._adopt('absurd');
-- What an earlier version or a person granted, to whomever, is taken back before this version's privileges are given.
select absurd._take_back('absurd');

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
      -- every program
      ('{producer,worker,operator,reader}'::text[], '{clock,schema_version,handshake,diagnose}'::text[]),
      -- spawning, and seeing what was spawned
      ('{producer,operator}', '{spawn_task,spawn_tasks,spawn_alike,spawn_workflow,spawn_steps}'),
      ('{producer,worker,operator,reader}', '{get_task,get_workflow,follow_events}'),
      -- workers: claim, beat, report, end; list_tasks tells them what they hold, and whether a queue is drained
      ('{worker,operator}', '{
        register_worker, deregister_worker, claim_task, claim_tasks, claim_alike, heartbeat_worker, heartbeat_task,
        report_progress, append_logs, complete_task, complete_tasks, complete_claims, fail_task, fail_tasks,
        release_tasks, acknowledge_tasks, recover_claims, prune, complete_reserved, claim_reserved, release_reserved,
        forget_reservations, count_reserved
      }'),
      ('{worker,operator,reader}', '{list_tasks,get_queue_stats}'),
      -- schedulers
      ('{worker,operator}', '{
        due_schedules, fire_schedule, fail_schedule, register_scheduler, deregister_scheduler
      }'),
      -- looking
      ('{operator,reader}', '{
        get_status, find_tasks, list_task_ids, read_logs, explain_task, list_workflows, find_workflows, list_workers,
        list_limits, list_dead_letters, list_dead_letter_ids, get_dead_letter, get_schedule, list_schedules,
        list_schedule_runs, list_schedulers, stamp_events, event_cursor, read_events, get_usage, get_prunable
      }'),
      -- stepping in
      ('{operator}', '{
        cancel_task, cancel_tasks, cancel_workflow, retry_task, retry_tasks, release_claims, unblock_tasks,
        replay_dead_letters, purge_dead_letters, pause_queue, resume_queue, set_limit, set_priority,
        prioritize_tasks, save_schedule, pause_schedule, resume_schedule, remove_schedule, trigger_schedule,
        set_queue_events, discard_bench_tasks
      }')
    ) as g (roles, functions)
    cross join lateral unnest(g.roles) as r (role)
    cross join lateral unnest(g.functions) as f (name)
    join pg_catalog.pg_proc as p on p.proname = f.name and p.pronamespace = 'absurd'::regnamespace
  loop
    execute format('grant execute on function %s to %I', v_grant.signature, 'absurd_' || v_grant.role);
  end loop;
end;
$$;
