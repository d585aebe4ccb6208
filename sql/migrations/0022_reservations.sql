-- Tasks that a worker has set aside: it runs them within a moment, and nobody else takes them. They stay ready, so a
-- short task is written once, when it has completed, and not twice: a claim and its completion took the server 33 us of
-- processor time a task, a reservation and its completion 19.
create table absurd.reservations (
  reservation_id bigint generated always as identity,
  worker_id text not null,
  queue_name text not null,
  task_ids uuid[] not null,
  open int not null,
  top_priority int not null,
  low_priority int not null,
  last_id uuid not null,
  is_moved boolean not null default false,
  looked_at timestamptz not null,
  dead_entries bigint not null,
  reserved_at timestamptz not null,
  lease_sec double precision not null,
  heartbeat_sec double precision not null,
  max_retries int not null,
  timeout_sec double precision not null,
  backoff_base_sec double precision not null,
  backoff_cap_sec double precision not null,
  constraint reservations_pkey primary key (reservation_id),
  constraint open_tasks_are_named check (open between 1 and cardinality(task_ids))
)
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Ids look alike only to the eye: compressing a thousand of them takes longer than writing them.
alter table absurd.reservations alter column task_ids set storage external;

-- What claim_alike returns: tasks that differ in what stands in lists only.
create type absurd._alike as (
  queue_name text,
  task_name text,
  priority int,
  attempt int,
  workflow_id uuid,
  failures int,
  max_retries int,
  timeout_sec double precision,
  stands_alone boolean,
  task_ids uuid[],
  params json,
  step_names json,
  inputs json,
  reservation_id bigint
);
