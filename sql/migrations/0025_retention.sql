-- How far retention has looked, for each age that is asked for: what must be kept (dead letters that wait, say) stands
-- first, and each call went over all of it. Now a call goes on where the one before has stopped.
create table absurd.retention (
  older_than_sec double precision not null,
  used_at timestamptz not null,
  task_finished_at timestamptz not null default '-infinity',
  task_id uuid not null default '00000000-0000-0000-0000-000000000000',
  workflow_id uuid not null default '00000000-0000-0000-0000-000000000000',
  key_free_at timestamptz not null default '-infinity',
  key_holder_id uuid not null default '00000000-0000-0000-0000-000000000000',
  run_id uuid not null default '00000000-0000-0000-0000-000000000000',
  constraint retention_pkey primary key (older_than_sec)
)
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
