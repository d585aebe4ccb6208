-- The order in which events are read: pages of the log, filled by readers from what has been committed
-- (functions/events.sql). Appending an event costs what it did before.

create table absurd.event_pages (
  first_position bigint not null,
  event_ids bigint[] not null,
  newest_at timestamptz not null,
  constraint event_pages_pkey primary key (first_position),
  constraint pages_are_not_empty check (cardinality(event_ids) > 0)
);

-- event_cursor: the first page that is not all older than a time.
create index event_pages_by_time on absurd.event_pages (newest_at, first_position);

create table absurd.event_log (
  one_row boolean not null default true,
  last_position bigint not null default 0,
  last_event_id bigint not null default 0,
  newest_at timestamptz not null default '-infinity',
  missing int8multirange not null default '{}',
  settling int8multirange not null default '{}',
  settled_at_xid xid8 not null default '0',
  constraint event_log_pkey primary key (one_row),
  constraint only_one_row check (one_row)
)
-- One row, written at every look that finds something: it stays on its page.
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

insert into absurd.event_log default values;

-- Pages go as their events do: whole, in batches, long after.
alter table absurd.event_pages set (autovacuum_vacuum_scale_factor = 0.05);

alter table absurd.queues add column keeps_events boolean not null default true;
