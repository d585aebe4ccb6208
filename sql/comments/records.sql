-- What each other table, column and type is; re-applied at each installation.

comment on table absurd.attempts is
  'History: one row per claim, written when it ends. A claim that completed its task is told by the task''s own row.';
comment on column absurd.attempts.task_id is 'The task.';
comment on column absurd.attempts.attempt is 'Number of the claim.';
comment on column absurd.attempts.worker_id is 'Who held it.';
comment on column absurd.attempts.claimed_at is 'When it was claimed.';
comment on column absurd.attempts.finished_at is 'When it ended.';
comment on column absurd.attempts.outcome is 'completed, failed, released, cancelled or lost.';
comment on column absurd.attempts.reason is
  'One word for how it failed: error, exit, signal, timeout, bad_input, not_now, memory, protocol, permission, result, sink, lost.';
comment on column absurd.attempts.message is 'What went wrong, or why it was cancelled.';
comment on column absurd.attempts.exit_code is 'Exit code of the stage''s program.';
comment on column absurd.attempts.signal is 'Signal that ended it.';
comment on column absurd.attempts.duration_ms is 'Wall time of the run.';
comment on column absurd.attempts.cpu_ms is 'Processor time of all its processes, as far as seen.';
comment on column absurd.attempts.peak_memory_bytes is 'Highest memory of all its processes.';
comment on column absurd.attempts.flags is 'Permission flags that it ran with.';
comment on column absurd.attempts.log_tail is 'Last part of what it wrote.';
comment on column absurd.attempts.work_dir is 'Its folder.';

comment on table absurd.task_logs is
  'What running attempts write, in chunks, to be followed from any machine. Bounded by the worker; goes with the task.';
comment on column absurd.task_logs.task_id is 'The task.';
comment on column absurd.task_logs.attempt is 'Number of the claim.';
comment on column absurd.task_logs.chunk is 'Number of the chunk within the attempt, from 0.';
comment on column absurd.task_logs.created_at is 'When it arrived.';
comment on column absurd.task_logs.text is 'Whole lines.';

comment on table absurd.dying_claims is
  'Claims that were cancelled while their processes may still run. Such a task cannot be claimed again until its worker acknowledges that they are gone, or the lease has ended.';
comment on column absurd.dying_claims.task_id is 'The task.';
comment on column absurd.dying_claims.attempt is 'The claim.';
comment on column absurd.dying_claims.queue_name is 'Queue of the task.';
comment on column absurd.dying_claims.task_name is 'Name of the task.';
comment on column absurd.dying_claims.worker_id is 'Who held it.';
comment on column absurd.dying_claims.lease_sec is 'What a beat adds.';
comment on column absurd.dying_claims.lease_ends_at is 'When it is given up for dead.';

comment on table absurd.dead_letters is
  'Tasks that failed for good, one row per final failure. Replaying marks the row and keeps it.';
comment on column absurd.dead_letters.task_id is 'The task.';
comment on column absurd.dead_letters.attempt is 'Its last attempt then.';
comment on column absurd.dead_letters.queue_name is 'Queue of the task.';
comment on column absurd.dead_letters.task_name is 'Name of the task.';
comment on column absurd.dead_letters.error is 'Message of the last failure.';
comment on column absurd.dead_letters.error_reason is 'Its reason, one word.';
comment on column absurd.dead_letters.failures is 'Failures counted by then.';
comment on column absurd.dead_letters.failed_at is 'When it failed for good.';
comment on column absurd.dead_letters.replayed_at is 'When it was retried.';

comment on table absurd.idempotency_keys is
  'Who holds a key. Outlives the holder.';
comment on column absurd.idempotency_keys.queue_name is 'Keys are unique per queue,';
comment on column absurd.idempotency_keys.kind is 'and per kind: task or workflow.';
comment on column absurd.idempotency_keys.key is 'The key.';
comment on column absurd.idempotency_keys.holder_id is 'Task or workflow that took it last.';
comment on column absurd.idempotency_keys.fingerprint is
  'Digest of what was asked for, to warn when a repetition differs.';
comment on column absurd.idempotency_keys.window_sec is 'How long it blocks after its holder completed.';
comment on column absurd.idempotency_keys.free_at is
  'From when on it can be taken over; null while the holder has not ended.';

comment on table absurd.queues is
  'Queues that were ever used or paused.';
comment on column absurd.queues.queue_name is 'Its name; travels in notifications.';
comment on column absurd.queues.created_at is 'First use.';
comment on column absurd.queues.paused_at is 'Since when nothing is claimed from it.';
comment on column absurd.queues.awaited_until is
  'Until when some worker may be asleep, so that ready tasks are notified; infinity until a claim has found too little.';
comment on column absurd.queues.keeps_events is 'Whether changes of its tasks and workflows are told as events.';

comment on table absurd.chores is
  'When somebody last did what any worker does for all, so that not all do it at once.';
comment on column absurd.chores.chore is 'Name of the function that does it.';
comment on column absurd.chores.done_at is 'When it was begun last; -infinity: never.';

comment on table absurd.retention is
  'How far retention has looked in its round over what is old: one row for each age that somebody asks for.';
comment on column absurd.retention.older_than_sec is 'The age.';
comment on column absurd.retention.used_at is 'When it was asked for last; forgotten after 30 days.';
comment on column absurd.retention.task_finished_at is
  'Tasks that ended before it were looked at; -infinity where the next look begins a round, as in all that follows.';
comment on column absurd.retention.task_id is 'Of those that ended just then, the last one that was looked at.';
comment on column absurd.retention.workflow_id is 'The last workflow that was looked at.';
comment on column absurd.retention.key_free_at is 'Keys whose window has passed before it were looked at.';
comment on column absurd.retention.key_holder_id is 'Of those that were free just then, the holder of the last one.';
comment on column absurd.retention.run_id is 'The last line of the history of schedules that was looked at.';

comment on table absurd.reservations is
  'Ready tasks that workers have set aside and run within a moment: nobody else claims them (reserve.sql).';
comment on column absurd.reservations.reservation_id is 'Number of the reservation.';
comment on column absurd.reservations.worker_id is 'Who runs the tasks.';
comment on column absurd.reservations.queue_name is 'Queue of the tasks.';
comment on column absurd.reservations.task_ids is 'The tasks, in the order of their turns; also those that have completed.';
comment on column absurd.reservations.open is 'How many of them have not completed.';
comment on column absurd.reservations.top_priority is 'Highest priority among them.';
comment on column absurd.reservations.low_priority is 'Lowest priority among them.';
comment on column absurd.reservations.last_id is 'The last of them of the lowest priority.';
comment on column absurd.reservations.parent_id is
  'The completed task whose children they are, where they were reserved instead of being freed and are blocked; else null.';
comment on column absurd.reservations.is_moved is
  'Whether priorities of the queue were changed since, so that the last three may not hold any more.';
comment on column absurd.reservations.looked_at is
  'When this one, or those before it, were looked for from the start of what is ready.';
comment on column absurd.reservations.dead_entries is 'How many entries of no use such a look walked over.';
comment on column absurd.reservations.reserved_at is 'When it was made. After its lease it is lost: no beat makes it longer.';
comment on column absurd.reservations.lease_sec is 'Lease of the worker, in seconds.';
comment on column absurd.reservations.heartbeat_sec is 'Time between beats of the worker, in seconds.';
comment on column absurd.reservations.max_retries is 'Retries that its tasks are allowed.';
comment on column absurd.reservations.timeout_sec is 'Time limit of its tasks, in seconds.';
comment on column absurd.reservations.backoff_base_sec is 'First backoff of its tasks, in seconds.';
comment on column absurd.reservations.backoff_cap_sec is 'Longest backoff of its tasks, in seconds.';

comment on table absurd.claim_hints is
  'Where claims of a lane begin to look while an old snapshot keeps what was claimed in the index (_pick).';
comment on column absurd.claim_hints.queue_name is 'Its queue.';
comment on column absurd.claim_hints.task_name is 'Its task name; empty for a lane that is a whole queue.';
comment on column absurd.claim_hints.priorities is 'The priorities that were claimed, each once, the highest first.';
comment on column absurd.claim_hints.task_ids is 'Of each priority the task after which to begin.';
comment on column absurd.claim_hints.looked_at is 'When a claim last looked from the start of the index.';
comment on column absurd.claim_hints.dead_entries is 'How many entries of no use that claim passed by.';

comment on table absurd.workers is
  'Registry of workers, for people: claims do not depend on it.';
comment on column absurd.workers.worker_id is 'Unique per start of a worker.';
comment on column absurd.workers.hostname is 'Host that it runs on.';
comment on column absurd.workers.pid is 'Its process id.';
comment on column absurd.workers.version is 'Version of its program.';
comment on column absurd.workers.queue_names is 'Queues that it claims from.';
comment on column absurd.workers.task_names is 'Tasks that it knows; null: any.';
comment on column absurd.workers.concurrency is 'How many it runs at once.';
comment on column absurd.workers.lease_sec is 'Without a beat for this long it counts as dead.';
comment on column absurd.workers.started_at is 'When it was first heard of.';
comment on column absurd.workers.heartbeat_at is 'Last beat.';

comment on table absurd.event_batches is
  'Changes of status, appended in the same transaction: a row tells what one statement changed alike.';
comment on column absurd.event_batches.event_id is 'Order of insertion; not of commit.';
comment on column absurd.event_batches.created_at is 'When.';
comment on column absurd.event_batches.kind is 'task (a new status), progress, or workflow (a new status of one).';
comment on column absurd.event_batches.queue_name is 'Queue of the tasks or the workflow.';
comment on column absurd.event_batches.task_id is 'The only task, where task_ids is null; null for a workflow.';
comment on column absurd.event_batches.task_name is 'Name of the tasks.';
comment on column absurd.event_batches.workflow_id is 'The workflow, if any.';
comment on column absurd.event_batches.attempt is 'Attempt of the only task.';
comment on column absurd.event_batches.status is 'The status from then on.';
comment on column absurd.event_batches.detail is
  'More about it: worker_id; error and error_reason; reason and cause_task_id; run_at; fraction and message; name.';
comment on column absurd.event_batches.task_ids is 'The tasks, one event each.';
comment on column absurd.event_batches.attempts is 'Their attempts, in the same order.';
comment on column absurd.event_batches.size is 'How many events it is.';

comment on table absurd.sinks is
  'Functions that may take results into other tables; registered by the owner.';
comment on column absurd.sinks.sink_name is 'What a stage calls it.';
comment on column absurd.sinks.function_name is 'The function, schema-qualified.';
comment on column absurd.sinks.created_at is 'When it was registered.';

comment on table absurd.migrations is
  'Migrations that have run.';
comment on column absurd.migrations.version is 'Number of the migration.';
comment on column absurd.migrations.name is 'Its name.';
comment on column absurd.migrations.applied_at is 'When it ran.';

comment on table absurd.installed_objects is
  'What the last installation left, to find later changes by hand.';
comment on column absurd.installed_objects.object is
  'Function, table, constraint, index or trigger; "package" for the installer itself.';
comment on column absurd.installed_objects.fingerprint is 'Digest of its definition.';

comment on schema absurd is 'Durable task queue: tables that only its functions write.';
comment on type absurd._task_spec is 'A task on its way into the queue.';
comment on type absurd._attempt_end is 'What a worker tells about the end of an attempt.';
comment on type absurd._graph is
  'A workflow that is being spawned: arrays with what is said of each step, at its number, the forms that steps have, with '
  'a spec of each, and the edges, those between steps by parent.';

comment on table absurd.limits is 'How many claims there may be at a time; absent: as many as workers take.';
comment on column absurd.limits.queue_name is 'Queue whose claims count; empty: all queues.';
comment on column absurd.limits.task_name is 'Task name whose claims count; empty: all names.';
comment on column absurd.limits.max_claims is 'So many at most; 0 holds all back.';
comment on column absurd.limits.created_at is 'When it was first set.';
comment on type absurd._alike is 'Tasks that a worker gets by claim_alike and that differ only in what stands in lists here.';
comment on type absurd._picked is 'Tasks that a claim has locked, or a completion has ended, in its order: arrays of one length. Attempts are those that claimed tasks are about to have; depths are null for a completion.';
comment on type absurd._room is 'A limit (names as in absurd.limits) and how many more claims it allows.';

comment on table absurd.freeing is
  'Children of completed tasks that have very many, some in each row, which are still to be freed (free.sql).';
comment on column absurd.freeing.parent_id is 'The task that has completed.';
comment on column absurd.freeing.first_id is 'The first of them, in the order of their ids.';
comment on column absurd.freeing.last_id is 'The last of them.';
