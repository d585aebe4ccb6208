-- Limits, what claims by name and retention read, and how the tables are kept.

-- '' stands for "any", so that (queue, task) can be the key on every server version.
create table absurd.limits (
  queue_name text not null default '',
  task_name text not null default '',
  max_claims int not null,
  created_at timestamptz not null,
  constraint limits_pkey primary key (queue_name, task_name),
  constraint max_claims_not_negative check (max_claims >= 0)
);

create type absurd._room as (queue_name text, task_name text, room int);

-- claim_tasks for named tasks, or while limits on names exist: the next ready tasks of one name. Tasks of other names,
-- and those whose limit is reached, are never read.
create index tasks_ready_by_name on absurd.tasks (queue_name, task_name, priority desc, task_id) where state = 'ready';

-- As before for all claims and those of one worker (there are never many claims), and now also for the count of the
-- claims under a limit, without another index on the busiest path.
drop index absurd.tasks_claimed;
create index tasks_claimed on absurd.tasks (task_name, queue_name, worker_id, task_id) where status = 'claimed';

-- prune: what has ended long ago.
create index tasks_finished on absurd.tasks (finished_at) where finished_at is not null;

-- prune: keys whose window has passed.
create index idempotency_keys_free on absurd.idempotency_keys (free_at) where free_at is not null;

-- A beat and a progress report change no indexed column: with room on the page they stay heap-only and touch no index.
-- A task is written about four times in its life, each version dead soon after: with the server's 20 % of a table of a
-- million finished tasks, vacuum would come only after 200,000 dead ones, and claims would step over them all.
alter table absurd.tasks set (
  fillfactor = 85,
  autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_analyze_scale_factor = 0.02,
  autovacuum_analyze_threshold = 2000
);

-- Small tables whose rows are written at every beat or claim: half-empty pages keep every update heap-only, and vacuum
-- that comes by a fixed number keeps them at a few pages.
alter table absurd.workers set (
  fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200
);
alter table absurd.dying_claims set (
  fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200
);

-- An edge is written twice: inserted, and satisfied once (no indexed column).
alter table absurd.dependencies set (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);

-- Only inserted and, long after, deleted in batches: the pages may be full, and the freed ones should be found soon.
alter table absurd.events set (autovacuum_vacuum_scale_factor = 0.05);
alter table absurd.attempts set (autovacuum_vacuum_scale_factor = 0.05);
