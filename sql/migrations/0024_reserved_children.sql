-- Children of a completed task that has very many are reserved as they are, instead of being freed first: each is
-- written once, when it has completed, and not twice. The parent tells that, and where to free them if they are given
-- back.
alter table absurd.reservations add column parent_id uuid;
