-- What every change of a task pays for, whatever it changes.

-- Equal entries sit side by side all over this index; by time, new ones go to its end, and old ones leave whole pages.
drop index absurd.tasks_claimed;
create index tasks_claimed on absurd.tasks (claimed_at) where status = 'claimed';

-- PostgreSQL reads the text of each check for each statement, a third of what an update of one task costs. What is left
-- out is checked where it comes in, and only ever counted up; the rest says the same in fewer words.
alter table absurd.tasks
  drop constraint counters_not_negative,
  drop constraint durations_are_sane,
  drop constraint state_is_known,
  drop constraint finished_at_when_over,
  drop constraint result_only_when_completed,
  drop constraint report_only_when_completed,
  add constraint state_is_known check (
    state = any ('{ready,scheduled,blocked,claimed,completed,failed,cancelled}'::text[])
  ),
  add constraint finished_at_when_over check (
    (state = any ('{completed,failed,cancelled}'::text[])) = (finished_at is not null)
  ),
  add constraint results_only_when_completed check (state = 'completed' or coalesce(result, report) is null);
alter table absurd.event_batches
  drop constraint size_is_the_number_of_tasks,
  drop constraint kind_is_known,
  add constraint kind_is_known check (kind = any ('{task,progress,workflow}'::text[]));

-- The key of a task never changes, yet each update of one asks every constraint that refers to it. Whoever deletes
-- tasks deletes what belongs to them (prune_rows.sql), and whoever refers to one holds a lock on it.
alter table absurd.dependencies drop constraint task_exists, drop constraint parent_exists;
alter table absurd.dead_letters drop constraint task_exists;
alter table absurd.task_logs drop constraint log_of_a_task;

-- A notification wakes every listening connection of the database, whatever it listens to: nobody is to be woken for
-- events that nobody follows.
alter table absurd.event_log add column followed_until timestamptz not null default '-infinity';

-- A fan-out frees thousands of children in one call, which counts them itself (dependencies.sql).
drop trigger changes_are_counted on absurd.tasks;
create trigger changes_are_counted
after update on absurd.tasks
for each row
when (
  old.state <> new.state
  -- Claims, completions and ends that free children count for themselves.
  and not (old.state = 'ready' and new.state = 'claimed')
  and not (old.state = 'claimed' and new.state = 'completed')
  and not (old.state = 'blocked' and new.state in ('ready', 'scheduled'))
)
execute function absurd._count_change();

-- Each edge is changed once, when its parent ends. With room beside it that touches no index.
alter table absurd.dependencies set (fillfactor = 50);

-- Where claims begin while an old snapshot keeps the dead entries of an index from being removed. Has a row only then.
-- Pages with room, so that a change of a row stays on its page.
create table absurd.claim_hints (
  queue_name text not null,
  task_name text not null,
  priorities int[] not null,
  task_ids uuid[] not null,
  looked_at timestamptz not null,
  dead_entries bigint not null,
  constraint claim_hints_pkey primary key (queue_name, task_name)
) with (fillfactor = 25);
