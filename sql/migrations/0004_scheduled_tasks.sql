-- Schedules, what became of each due time, and the schedulers that look after them.

create table absurd.scheduled_tasks (
  name text not null,
  description text,
  cron_expression text not null,
  timezone text not null,
  starts_at timestamptz,
  ends_at timestamptz,
  jitter_sec double precision not null default 0,
  missed text not null default 'once',
  missed_limit int not null default 100,
  grace_sec double precision not null default 60,
  overlap text not null default 'allow',
  queue_name text not null,
  task_name text,
  chain jsonb,
  params jsonb not null default '{}',
  options jsonb not null default '{}',
  synced boolean not null default false,
  state text not null,
  error text,
  revision int not null default 1,
  next_due_at timestamptz,
  next_run_at timestamptz,
  last_due_at timestamptz,
  last_run_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint scheduled_tasks_pkey primary key (name),
  constraint state_is_known check (state in ('active', 'paused', 'ended')),
  constraint active_has_a_due_time check (
    (state = 'active') = (next_due_at is not null) and (next_due_at is null) = (next_run_at is null)
  ),
  constraint error_only_when_paused check (error is null or state = 'paused'),
  constraint task_or_chain check (num_nonnulls(task_name, chain) = 1),
  constraint missed_policy_is_known check (missed in ('skip', 'once', 'all')),
  constraint overlap_policy_is_known check (overlap in ('allow', 'skip')),
  constraint missed_limit_is_sane check (missed_limit between 1 and 1000),
  constraint durations_are_sane check (jitter_sec between 0 and 86400 and grace_sec between 0 and 31622400),
  constraint ends_after_start check (ends_at > starts_at)
);

create table absurd.schedule_runs (
  run_id uuid not null,
  schedule_name text not null,
  due_at timestamptz,
  fired_at timestamptz not null,
  outcome text not null,
  reason text,
  missed_count int not null default 0,
  first_missed_at timestamptz,
  task_id uuid,
  workflow_id uuid,
  scheduler_id text,
  constraint schedule_runs_pkey primary key (run_id),
  constraint due_time_has_one_run unique (schedule_name, due_at),
  constraint schedule_exists foreign key (schedule_name) references absurd.scheduled_tasks (name) on delete cascade,
  constraint outcome_is_known check (outcome in ('spawned', 'skipped', 'failed')),
  constraint spawned_names_its_work check ((outcome = 'spawned') = (num_nonnulls(task_id, workflow_id) = 1)),
  constraint others_have_a_reason check (outcome = 'spawned' or reason is not null),
  constraint missed_has_a_first check (missed_count >= 0 and (missed_count > 0) = (first_missed_at is not null))
);

create table absurd.schedulers (
  scheduler_id text not null,
  hostname text,
  pid int,
  version text,
  lease_sec double precision not null default 120,
  started_at timestamptz not null,
  heartbeat_at timestamptz not null,
  constraint schedulers_pkey primary key (scheduler_id),
  constraint lease_is_sane check (lease_sec > 0)
);

-- due_schedules: what is due, and what will be next.
create index scheduled_tasks_next on absurd.scheduled_tasks (next_run_at) where state = 'active';

-- list_schedule_runs and the last run of a schedule (run ids are UUIDv7).
create index schedule_runs_by_schedule on absurd.schedule_runs (schedule_name, run_id desc);
