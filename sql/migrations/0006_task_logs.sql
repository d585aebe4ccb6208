-- What running attempts write, in chunks, so that it can be followed from any machine; and what attempts cost.

create table absurd.task_logs (
  task_id uuid not null,
  attempt int not null,
  chunk int not null,
  created_at timestamptz not null,
  text text not null,
  constraint task_logs_pkey primary key (task_id, attempt, chunk),
  constraint log_of_a_task foreign key (task_id) references absurd.tasks (task_id) on delete cascade,
  constraint chunks_are_counted check (chunk >= 0),
  constraint chunk_is_bounded check (length(text) <= 65536)
);

alter table absurd.attempts add column cpu_ms double precision;
