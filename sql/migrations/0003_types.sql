-- Row types that internal functions hand to each other as arrays: one read of the caller's JSON, many statements.

create type absurd._task_spec as (
  item int,
  task_id uuid,
  queue_name text,
  task_name text,
  params jsonb,
  priority int,
  run_at timestamptz,
  depends_on uuid[],
  policies text[],
  key text,
  key_window_sec double precision,
  settings jsonb,
  dlq_enabled boolean,
  workflow_id uuid,
  step_name text,
  depth int,
  open_parents int,
  created boolean,
  params_differ boolean,
  outcome text,
  message text
);

create type absurd._attempt_end as (
  item int,
  task_id uuid,
  attempt int,
  result jsonb,
  report jsonb,
  reason text,
  message text,
  permanent boolean,
  not_now boolean,
  verdict text
);

create type absurd._edge as (
  item int,
  parent_item int,
  parent_id uuid,
  policy text
);
