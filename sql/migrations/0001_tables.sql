-- Tables of the queue. A constraint is named after the rule it states; sql/comments.sql says what each column is.
-- attempts, events and tasks carry no foreign keys between them: each check would cost a look-up per row on the
-- busiest path, and only the functions of this schema write these tables.

create table absurd.tasks (
  task_id uuid not null,
  queue_name text not null,
  task_name text not null,
  params jsonb not null default '{}',
  priority int not null default 0,
  state text not null,
  status text not null generated always as (
    case when state in ('ready', 'scheduled', 'blocked') then 'pending' else state end
  ) stored,
  run_at timestamptz not null,
  created_at timestamptz not null,
  depth int not null default 0,
  open_parents int not null default 0,
  workflow_id uuid,
  step_name text,
  key text,
  settings jsonb,
  dlq_enabled boolean not null default true,
  attempt int not null default 0,
  failures int not null default 0,
  not_now_count int not null default 0,
  max_retries int not null default 3,
  timeout_sec double precision not null default 3600,
  backoff_base_sec double precision not null default 5,
  backoff_cap_sec double precision not null default 900,
  lease_sec double precision not null default 120,
  heartbeat_sec double precision not null default 30,
  on_complete text,
  worker_id text,
  claimed_at timestamptz,
  heartbeat_at timestamptz,
  suspected_at timestamptz,
  progress_fraction double precision,
  progress_message text,
  progress_at timestamptz,
  finished_at timestamptz,
  result jsonb,
  error text,
  error_reason text,
  cancel_reason text,
  cause_task_id uuid,
  constraint tasks_pkey primary key (task_id),
  constraint state_is_known check (
    state in ('ready', 'scheduled', 'blocked', 'claimed', 'completed', 'failed', 'cancelled')
  ),
  constraint claimed_has_a_claim check (
    state <> 'claimed'
    or (worker_id is not null and claimed_at is not null and heartbeat_at is not null and attempt > 0)
  ),
  constraint finished_at_when_over check ((state in ('completed', 'failed', 'cancelled')) = (finished_at is not null)),
  constraint only_blocked_or_cancelled_has_open_parents check (
    case state when 'blocked' then open_parents > 0 when 'cancelled' then open_parents >= 0 else open_parents = 0 end
  ),
  constraint result_only_when_completed check (result is null or state = 'completed'),
  constraint failed_has_a_reason check (state <> 'failed' or error_reason is not null),
  constraint cause_only_when_cancelled check (cause_task_id is null or state = 'cancelled'),
  constraint step_belongs_to_a_workflow check ((workflow_id is null) = (step_name is null)),
  constraint counters_not_negative check (
    attempt >= 0 and failures >= 0 and not_now_count >= 0 and max_retries >= 0 and depth >= 0
  ),
  constraint durations_are_sane check (
    timeout_sec > 0 and backoff_base_sec >= 0 and backoff_cap_sec >= 0 and lease_sec > 0 and heartbeat_sec > 0
  )
);

create table absurd.workflows (
  workflow_id uuid not null,
  name text not null,
  queue_name text not null,
  params jsonb not null default '{}',
  key text,
  status text not null default 'running',
  created_at timestamptz not null,
  finished_at timestamptz,
  cancelled_at timestamptz,
  cancel_reason text,
  constraint workflows_pkey primary key (workflow_id),
  constraint status_is_known check (status in ('running', 'completed', 'failed', 'cancelled')),
  constraint finished_at_when_over check ((status <> 'running') = (finished_at is not null)),
  constraint cancelled_by_a_user check (status <> 'cancelled' or cancelled_at is not null)
);

create table absurd.dependencies (
  task_id uuid not null,
  parent_id uuid not null,
  on_parent_failure text not null default 'cancel',
  satisfied boolean not null default false,
  constraint dependencies_pkey primary key (task_id, parent_id),
  constraint policy_is_known check (on_parent_failure in ('cancel', 'wait', 'ignore')),
  constraint task_is_not_its_own_parent check (task_id <> parent_id),
  constraint task_exists foreign key (task_id) references absurd.tasks (task_id) on delete cascade,
  constraint parent_exists foreign key (parent_id) references absurd.tasks (task_id)
);

create table absurd.attempts (
  task_id uuid not null,
  attempt int not null,
  worker_id text not null,
  claimed_at timestamptz not null,
  finished_at timestamptz not null,
  outcome text not null,
  reason text,
  message text,
  exit_code int,
  signal text,
  duration_ms double precision,
  peak_memory_bytes bigint,
  flags jsonb,
  log_tail text,
  work_dir text,
  constraint attempts_pkey primary key (task_id, attempt),
  constraint outcome_is_known check (outcome in ('completed', 'failed', 'released', 'cancelled', 'lost'))
);

create table absurd.dying_claims (
  task_id uuid not null,
  attempt int not null,
  queue_name text not null,
  task_name text not null,
  worker_id text not null,
  lease_sec double precision not null,
  lease_ends_at timestamptz not null,
  constraint dying_claims_pkey primary key (task_id, attempt)
);

create table absurd.dead_letters (
  task_id uuid not null,
  attempt int not null,
  queue_name text not null,
  task_name text not null,
  error text,
  error_reason text not null,
  failures int not null,
  failed_at timestamptz not null,
  replayed_at timestamptz,
  constraint dead_letters_pkey primary key (task_id, attempt),
  constraint task_exists foreign key (task_id) references absurd.tasks (task_id)
);

create table absurd.idempotency_keys (
  queue_name text not null,
  kind text not null,
  key text not null,
  holder_id uuid not null,
  fingerprint text not null,
  window_sec double precision not null,
  free_at timestamptz,
  constraint idempotency_keys_pkey primary key (queue_name, kind, key),
  constraint kind_is_known check (kind in ('task', 'workflow')),
  constraint window_not_negative check (window_sec >= 0)
);

create table absurd.queues (
  queue_name text not null,
  created_at timestamptz not null,
  paused_at timestamptz,
  constraint queues_pkey primary key (queue_name)
);

create table absurd.workers (
  worker_id text not null,
  hostname text,
  pid int,
  version text,
  queue_names text[] not null,
  task_names text[],
  concurrency int,
  lease_sec double precision not null default 120,
  started_at timestamptz not null,
  heartbeat_at timestamptz not null,
  constraint workers_pkey primary key (worker_id),
  constraint lease_is_sane check (lease_sec > 0)
);

create table absurd.events (
  event_id bigint generated always as identity,
  created_at timestamptz not null,
  kind text not null,
  queue_name text not null,
  task_id uuid,
  task_name text,
  workflow_id uuid,
  attempt int,
  status text not null,
  detail jsonb,
  constraint events_pkey primary key (event_id),
  constraint kind_is_known check (kind in ('task', 'progress', 'workflow'))
);

create table absurd.sinks (
  sink_name text not null,
  function_name text not null,
  created_at timestamptz not null,
  constraint sinks_pkey primary key (sink_name)
);
