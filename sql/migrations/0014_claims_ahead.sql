-- A claim that waits in its worker for a place, and is lost with the worker, has most likely not begun.
alter table absurd.tasks add column claimed_ahead boolean;
