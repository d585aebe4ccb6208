comment on table absurd.event_pages is
  'The log of events in the order in which they are read: each page names the events of a run of positions.';
comment on column absurd.event_pages.first_position is 'Position of its first event; the others follow without a gap.';
comment on column absurd.event_pages.event_ids is 'The rows that tell its events, in order.';
comment on column absurd.event_pages.sizes is 'How many events each of these rows is; null: one.';
comment on column absurd.event_pages.newest_at is 'When its newest event happened; never less than the page before.';

comment on table absurd.event_log is
  'How far the log is; one row.';
comment on column absurd.event_log.one_row is 'True.';
comment on column absurd.event_log.last_position is 'Position of the last event in the pages.';
comment on column absurd.event_log.last_event_id is 'Highest id in the pages.';
comment on column absurd.event_log.followed_until is 'Until when changes are notified: somebody follows the log.';
comment on column absurd.event_log.newest_at is 'When the newest event in the pages happened.';
comment on column absurd.event_log.missing is 'Ids below the highest that nobody has seen yet: not committed, or rolled back.';
comment on column absurd.event_log.settling is 'The same, of an earlier generation.';
comment on column absurd.event_log.settled_at_xid is
  'Once all transactions below this one have ended, what is still settling was rolled back.';
