-- What any worker does for all, and many need not do at once: with 64 workers the looks for lost claims, each of which
-- passes by all that was claimed since the last vacuum, took up to a third of the time of all calls.
create table absurd.chores (
  chore text not null,
  done_at timestamptz not null,
  constraint chores_pkey primary key (chore)
)
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

insert into absurd.chores (chore, done_at) values ('recover_claims', '-infinity');
