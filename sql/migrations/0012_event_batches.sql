-- What one statement changed alike is told by one row: a claim or a completion of 500 tasks is one event row and not
-- 500. Rows that are there stay as they are.

alter table absurd.events rename to event_batches;
alter table absurd.event_batches rename constraint events_pkey to event_batches_pkey;
alter table absurd.event_batches add column task_ids uuid[];
alter table absurd.event_batches add column attempts int[];
alter table absurd.event_batches add column size int not null default 1;
alter table absurd.event_batches add constraint size_is_the_number_of_tasks check (
  size = coalesce(cardinality(task_ids), 1) and size = coalesce(cardinality(attempts), 1)
);

-- Null: one event each.
alter table absurd.event_pages add column sizes int[];
alter table absurd.event_pages add constraint each_row_has_a_size check (cardinality(sizes) = cardinality(event_ids));
