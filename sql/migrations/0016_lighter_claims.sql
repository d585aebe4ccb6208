-- Claiming and completing one task, which costs as much as what it must look at.

-- Commits that notify follow one another in the whole server: eight programs that spawn get a third of what they could.
-- So workers are woken only while one may be asleep, which a claim tells that finds less than it asked for. Infinity:
-- nobody has told yet.
alter table absurd.queues add column awaited_until timestamptz not null default 'infinity';

-- The best ready tasks, locked, in the order in which they are claimed.
create type absurd._picked as (
  task_ids uuid[],
  attempts int[],
  queue_names text[],
  task_names text[],
  workflow_ids uuid[],
  depths int[]
);

-- Only changes that say when a task runs, or why it was cancelled, are counted one by one. Claims and completions say
-- neither: they are not even asked, since reading the condition took a quarter of what an update of one task costs.
drop trigger changes_are_counted on absurd.tasks;
create trigger changes_are_counted
after update of run_at, cancel_reason on absurd.tasks
for each row
when (
  old.state <> new.state
  -- Ends that free children count them.
  and not (old.state = 'blocked' and new.state in ('ready', 'scheduled'))
)
execute function absurd._count_change();

-- PostgreSQL reads these for each statement that writes a task: now half as much text.
alter table absurd.tasks
  drop constraint claimed_has_a_claim,
  drop constraint only_blocked_or_cancelled_has_open_parents,
  add constraint claimed_has_a_claim check (
    state <> 'claimed' or num_nulls(worker_id, claimed_at, heartbeat_at) = 0
  ),
  add constraint only_blocked_or_cancelled_has_open_parents check (
    (open_parents <> 0) = (state = 'blocked') or state = 'cancelled'
  );
