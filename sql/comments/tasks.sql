-- What each table and column of the graph is; re-applied at each installation.

comment on table absurd.tasks is
  'One row per task, kept until retention. Updated only by the functions of this schema.';
comment on column absurd.tasks.task_id is 'UUIDv7: sorts by age.';
comment on column absurd.tasks.queue_name is 'Queue that it is claimed from.';
comment on column absurd.tasks.task_name is 'Name that a worker looks up: its stage.';
comment on column absurd.tasks.params is 'What was asked for.';
comment on column absurd.tasks.priority is 'Higher first; then age.';
comment on column absurd.tasks.state is
  'ready, scheduled (not before run_at), blocked (a parent is unfinished), claimed, completed, failed or cancelled.';
comment on column absurd.tasks.status is
  'The five statuses: pending stands for ready, scheduled and blocked. Written with state; a check keeps them from disagreeing.';
comment on column absurd.tasks.run_at is 'Not before this time; once ready, since when it could run.';
comment on column absurd.tasks.created_at is 'When it was spawned.';
comment on column absurd.tasks.depth is
  'Longest path from a root of its graph when it was spawned: the first part of the lock order.';
comment on column absurd.tasks.open_parents is 'Number of its edges that are not satisfied; 0 lets it go.';
comment on column absurd.tasks.workflow_id is 'Workflow that it is a step of.';
comment on column absurd.tasks.step_name is 'Name of the step within its workflow.';
comment on column absurd.tasks.key is 'Idempotency key that it was spawned with.';
comment on column absurd.tasks.settings is
  'What the spawn said of max_retries, timeout_sec, backoff_base_sec, backoff_cap_sec; it wins over stage and worker.';
comment on column absurd.tasks.dlq_enabled is 'Whether a final failure makes a dead letter; fixed at spawn.';
comment on column absurd.tasks.attempt is 'Number of the last claim; raised by each, never reset: the fencing token.';
comment on column absurd.tasks.failures is 'Failures counted against max_retries; reset by a retry.';
comment on column absurd.tasks.not_now_count is 'How often in a row the stage has said "not now".';
comment on column absurd.tasks.max_retries is 'Retries after the first failure; effective value of the last claim.';
comment on column absurd.tasks.timeout_sec is 'Time limit of an attempt; effective value of the last claim.';
comment on column absurd.tasks.backoff_base_sec is
  'Backoff after the first failure, at most; effective value of the last claim.';
comment on column absurd.tasks.backoff_cap_sec is 'Longest backoff; effective value of the last claim.';
comment on column absurd.tasks.lease_sec is 'A claim without a beat for this long is stale.';
comment on column absurd.tasks.heartbeat_sec is
  'How often its worker beats; recovery takes two looks at least this far apart.';
comment on column absurd.tasks.on_complete is 'Sink that takes the result; from the stage of the last claim.';
comment on column absurd.tasks.worker_id is 'Worker of the last claim.';
comment on column absurd.tasks.claimed_at is 'When the last claim was made.';
comment on column absurd.tasks.claimed_ahead is 'True when the last claim was to wait in its worker for a place.';
comment on column absurd.tasks.heartbeat_at is 'Last beat of that claim.';
comment on column absurd.tasks.suspected_at is 'When recovery first found the lease ended; a beat clears it.';
comment on column absurd.tasks.progress_fraction is 'How far the last claim is or was, from 0 to 1.';
comment on column absurd.tasks.progress_message is 'What it said about that.';
comment on column absurd.tasks.progress_at is 'When it said so.';
comment on column absurd.tasks.finished_at is 'When it completed, failed or was cancelled.';
comment on column absurd.tasks.result is 'What it made; only when completed.';
comment on column absurd.tasks.report is 'What the worker told of the attempt that completed it.';
comment on column absurd.tasks.error is
  'Message of the last failure; cleared when completed or retried by an operator.';
comment on column absurd.tasks.error_reason is 'Reason of the last failure, one word.';
comment on column absurd.tasks.cancel_reason is 'Why it was cancelled.';
comment on column absurd.tasks.cause_task_id is
  'Task whose bad end cancelled it, through others or not; null when a user did.';

comment on table absurd.workflows is
  'One row per run of a chain or graph; its steps are tasks, fixed at spawn.';
comment on column absurd.workflows.workflow_id is 'UUIDv7.';
comment on column absurd.workflows.name is 'Name of the chain.';
comment on column absurd.workflows.queue_name is 'Queue that its key belongs to, and of steps that name none.';
comment on column absurd.workflows.first_step_id is
  'Its steps have ids from this one on: they were made by one call. Other tasks may lie among them.';
comment on column absurd.workflows.last_step_id is 'Its steps have ids up to this one.';
comment on column absurd.workflows.params is 'What the chain was started with; steps have their own.';
comment on column absurd.workflows.key is 'Idempotency key that it was spawned with.';
comment on column absurd.workflows.status is
  'running; completed, cancelled (by a user) or failed when nothing in it can move without an operator.';
comment on column absurd.workflows.created_at is 'When it was spawned.';
comment on column absurd.workflows.finished_at is 'When it ended.';
comment on column absurd.workflows.cancelled_at is 'When a user cancelled it.';
comment on column absurd.workflows.cancel_reason is 'Why.';

comment on table absurd.dependencies is
  'Edges of the graph.';
comment on column absurd.dependencies.task_id is 'The child.';
comment on column absurd.dependencies.parent_id is 'The parent.';
comment on column absurd.dependencies.on_parent_failure is
  'When the parent fails or is cancelled: cancel the child, let it wait for an operator, or ignore it.';
comment on column absurd.dependencies.satisfied is
  'Marks an edge that lets its child go whatever its parent does: the parent ended badly, which is ignored, or had ended '
  'when the edge was made or looked at anew. All others are satisfied once their parent has completed, and not marked.';
