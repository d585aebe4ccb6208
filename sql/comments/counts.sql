comment on table absurd.task_counts is
  'How many tasks of each queue and name are in each state: the sum of the rows. Appended to by whatever changes states, '
  'summed up by recover_claims.';
comment on column absurd.task_counts.queue_name is 'Queue of the tasks.';
comment on column absurd.task_counts.task_name is 'Name of the tasks: limits hold tasks back by it.';
comment on column absurd.task_counts.state is 'State that they entered or left.';
comment on column absurd.task_counts.change is 'How many entered it; negative: left it.';
