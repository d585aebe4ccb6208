-- What each table and column of schedules is; re-applied at each installation.

comment on table absurd.scheduled_tasks is
  'Schedules: what is spawned when. Only functions write here; what others write is noticed when it cannot be fired.';
comment on column absurd.scheduled_tasks.name is 'Name, given by whoever added it.';
comment on column absurd.scheduled_tasks.description is 'What it is for, in words.';
comment on column absurd.scheduled_tasks.cron_expression is 'When it is due, on the clock of timezone; read by schedulers.';
comment on column absurd.scheduled_tasks.timezone is 'Name of the IANA database.';
comment on column absurd.scheduled_tasks.starts_at is 'Not due before this time.';
comment on column absurd.scheduled_tasks.ends_at is 'Not due after this time.';
comment on column absurd.scheduled_tasks.jitter_sec is
  'It runs within so many seconds after each due time, always at the same distance, which its name decides.';
comment on column absurd.scheduled_tasks.missed is
  'What to do when due times passed without a scheduler: skip them, run once for all of them, or run all.';
comment on column absurd.scheduled_tasks.missed_limit is 'With missed = all: the newest so many are run, the others passed over.';
comment on column absurd.scheduled_tasks.grace_sec is 'With missed = skip: a due time is missed when it is fired later than this.';
comment on column absurd.scheduled_tasks.overlap is 'Whether it runs while a run of it is unfinished: allow or skip.';
comment on column absurd.scheduled_tasks.queue_name is 'Queue to spawn into.';
comment on column absurd.scheduled_tasks.task_name is 'Task to spawn; null for a chain.';
comment on column absurd.scheduled_tasks.chain is
  'Chain to spawn, as it was when the schedule was saved: {name, steps: [{name, task_name, params, depends_on}]}.';
comment on column absurd.scheduled_tasks.params is 'Params; {due_at} in a text stands for the due time.';
comment on column absurd.scheduled_tasks.options is 'Priority, retries, time limit, backoff and dead letter of what is spawned.';
comment on column absurd.scheduled_tasks.synced is 'Whether it stands in a manifest, and goes when it no longer does.';
comment on column absurd.scheduled_tasks.state is 'active, paused, or ended (there is no further due time).';
comment on column absurd.scheduled_tasks.error is 'Why it was paused by a scheduler.';
comment on column absurd.scheduled_tasks.revision is 'Number of its last change by an operator, or by an error.';
comment on column absurd.scheduled_tasks.next_due_at is 'Next due time: the one value that firing compares and sets.';
comment on column absurd.scheduled_tasks.next_run_at is 'When it will be fired: the due time and the jitter.';
comment on column absurd.scheduled_tasks.last_due_at is 'Due time that was handled last.';
comment on column absurd.scheduled_tasks.last_run_at is 'When it spawned something last.';
comment on column absurd.scheduled_tasks.created_at is 'When it was added.';
comment on column absurd.scheduled_tasks.updated_at is 'When it was changed last.';

comment on table absurd.schedule_runs is 'History of schedules: one row for each due time that was handled, and for each trigger.';
comment on column absurd.schedule_runs.run_id is 'UUIDv7.';
comment on column absurd.schedule_runs.schedule_name is 'The schedule.';
comment on column absurd.schedule_runs.due_at is 'The due time; null when triggered by hand.';
comment on column absurd.schedule_runs.fired_at is 'When it was handled.';
comment on column absurd.schedule_runs.outcome is 'spawned, skipped, or failed (the schedule was paused).';
comment on column absurd.schedule_runs.reason is 'Why it was skipped or failed, or what is worth knowing about the run.';
comment on column absurd.schedule_runs.missed_count is 'How many due times before this one were passed over; counted to 1000.';
comment on column absurd.schedule_runs.first_missed_at is 'The first of those.';
comment on column absurd.schedule_runs.task_id is 'Task that was spawned.';
comment on column absurd.schedule_runs.workflow_id is 'Workflow that was spawned.';
comment on column absurd.schedule_runs.scheduler_id is 'Who did it.';

comment on table absurd.schedulers is 'Schedulers that registered; an id is made anew at each start.';
comment on column absurd.schedulers.scheduler_id is 'Id, unique for each start.';
comment on column absurd.schedulers.hostname is 'Host.';
comment on column absurd.schedulers.pid is 'Process.';
comment on column absurd.schedulers.version is 'Version of the program.';
comment on column absurd.schedulers.lease_sec is 'Seconds without a heartbeat after which it counts as gone.';
comment on column absurd.schedulers.started_at is 'When it registered.';
comment on column absurd.schedulers.heartbeat_at is 'Last heartbeat.';
