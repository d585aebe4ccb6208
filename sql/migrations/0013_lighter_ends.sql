-- What each task pays for its claim and its completion.

-- The last attempt of a task that completed is told by the task's own row, to which only the report was missing.
alter table absurd.tasks add column report jsonb;
alter table absurd.tasks add constraint report_only_when_completed check (report is null or state = 'completed');

-- There are never many claims: whatever looks for some of them may read all of one name. Without worker and task the
-- entries are short, and equal ones share their key.
drop index absurd.tasks_claimed;
create index tasks_claimed on absurd.tasks (task_name, queue_name) where status = 'claimed';
