-- What keeps costs apart from how much there is: counters for the statistics, and what the planner must not believe.

-- Nobody may write a task between the first count and the triggers that keep it (functions/counts.sql, same
-- transaction).
lock table absurd.tasks in share row exclusive mode;

create table absurd.task_counts (
  queue_name text not null,
  task_name text not null,
  state text not null,
  change int not null
)
-- Rows come with every change and go when they are summed up: the share of dead ones says nothing about a small table.
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

insert into absurd.task_counts (queue_name, task_name, state, change)
select t.queue_name, t.task_name, t.state, count(*)
from absurd.tasks as t
group by t.queue_name, t.task_name, t.state;

-- Here and not with the functions: to make a trigger again would wait for every open claim. The function is the real
-- one by the end of this transaction.
create function absurd._count_tasks() returns trigger language plpgsql as 'begin return null; end';

create trigger tasks_inserted_are_counted
after insert on absurd.tasks
referencing new table as new_tasks
for each statement execute function absurd._count_tasks();

create trigger tasks_deleted_are_counted
after delete on absurd.tasks
referencing old table as old_tasks
for each statement execute function absurd._count_tasks();

create trigger tasks_updated_are_counted
after update on absurd.tasks
referencing old table as old_tasks new table as new_tasks
for each statement execute function absurd._count_tasks();

-- One task with very many children makes statistics say that every parent has as many, and then every completion
-- reads the whole table. Two edges for each parent is what most have.
alter table absurd.dependencies alter column parent_id set (n_distinct = -0.5);
