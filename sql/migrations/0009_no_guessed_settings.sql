-- The first schema had defaults for these in the table. They are settled when a task is spawned and claimed (task over
-- manifest over worker), so a default here could only hide a mistake.
alter table absurd.tasks
  alter column max_retries drop default,
  alter column timeout_sec drop default,
  alter column backoff_base_sec drop default,
  alter column backoff_cap_sec drop default;
