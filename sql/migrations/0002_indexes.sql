-- One comment per index: the query that it serves. Indexes on tasks are partial, so that a finished task costs no
-- claim anything, and none names a column that a heartbeat or a progress report changes (those stay heap-only).

-- claim_tasks: the next ready tasks of one queue, higher priority first, then age (task ids are UUIDv7).
create index tasks_ready on absurd.tasks (queue_name, priority desc, task_id) where state = 'ready';

-- claim_tasks: scheduled tasks of a queue that have become due.
create index tasks_scheduled on absurd.tasks (queue_name, run_at) where state = 'scheduled';

-- recover_claims and list_workers: all claims, and those of one worker. On status and not on state, so that the
-- operator's query "where status = 'claimed' and heartbeat_at < …" finds it too.
create index tasks_claimed on absurd.tasks (worker_id, task_id) where status = 'claimed';

-- get_workflow and the end of a workflow: its steps.
create index tasks_of_workflow on absurd.tasks (workflow_id, task_id) where workflow_id is not null;

-- retry_task: tasks that were cancelled because this one ended badly.
create index tasks_cancelled_by_cause on absurd.tasks (cause_task_id) where cause_task_id is not null;

-- complete_tasks and every cascade: the children of a task (parents are found by the primary key).
create index dependencies_by_parent on absurd.dependencies (parent_id, task_id);

-- list_dead_letters and get_queue_stats: what waits for an operator.
create index dead_letters_waiting on absurd.dead_letters (queue_name, failed_at) where replayed_at is null;

-- Settling and pruning of keys: the key that a task or workflow holds.
create index idempotency_keys_by_holder on absurd.idempotency_keys (holder_id);
