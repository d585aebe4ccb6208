-- What operators look for among very many tasks that are fine.

-- list_task_ids: tasks that ended badly. Their ends pay for it, nobody else.
create index tasks_bad on absurd.tasks (task_id) where state in ('failed', 'cancelled');

-- get_status: the newest errors.
create index attempts_failed on absurd.attempts (finished_at) where outcome in ('failed', 'lost');
