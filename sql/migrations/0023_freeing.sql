-- Children of completed tasks that have very many, which are freed some at a time. One statement that frees 10,000
-- takes 0.14 s, in which nothing of the graph can run, and whoever completed the task waits.
create table absurd.freeing (
  parent_id uuid not null,
  first_id uuid not null,
  last_id uuid not null,
  constraint freeing_pkey primary key (parent_id, first_id)
)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
