-- How many tasks stand in each state. What changes some appends what it changed, so that writers never wait for each
-- other over a counter; the rows are summed up now and then. Whoever changes the state of tasks counts that: in the
-- same statement where it is known which state they come from, else by _count_states before and after it. A trigger
-- counts what is deleted.

create or replace function absurd._count_tasks()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into absurd.task_counts (queue_name, task_name, state, change)
  select o.queue_name, o.task_name, o.state, -count(*)
  from old_tasks as o
  group by o.queue_name, o.task_name, o.state;
  return null;
end;
$$;

comment on function absurd._count_tasks() is 'Appends how many tasks of each state a statement deleted.';

drop function if exists absurd._count_change();

create or replace function absurd._count_states(p_task_ids uuid[], p_change int)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  insert into absurd.task_counts (queue_name, task_name, state, change)
  select t.queue_name, t.task_name, t.state, p_change * count(*)
  from absurd.tasks as t
  where t.task_id = any (p_task_ids)
  group by t.queue_name, t.task_name, t.state;
end;
$$;

comment on function absurd._count_states(uuid[], int) is
  'Appends in which states locked tasks are: with -1 before a statement that changes some of them, with 1 after it.';

create or replace function absurd._sum_up_counts()
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from absurd.task_counts offset 200)
    or not pg_try_advisory_xact_lock(hashtextextended('absurd counts', 0)) then
    return;
  end if;
  with gone as (
    delete from absurd.task_counts as c
    where c.ctid = any (array(select n.ctid from absurd.task_counts as n limit 20000))
    returning c.queue_name, c.task_name, c.state, c.change
  )
  insert into absurd.task_counts (queue_name, task_name, state, change)
  select g.queue_name, g.task_name, g.state, sum(g.change)
  from gone as g
  group by g.queue_name, g.task_name, g.state
  having sum(g.change) <> 0;
end;
$$;

comment on function absurd._sum_up_counts() is
  'Puts one row for each queue, name and state in the place of the many, once there are 200. One caller at a time, '
  'others go on.';

create or replace function absurd._oldest_ready_at(p_queue_name text)
returns timestamptz
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
  with recursive levels (priority) as (
    (
      select t.priority
      from absurd.tasks as t
      where t.queue_name = p_queue_name and t.state = 'ready'
      order by t.priority desc
      limit 1
    )
    union all
    select (
      select t.priority
      from absurd.tasks as t
      where t.queue_name = p_queue_name and t.state = 'ready' and t.priority < l.priority
      order by t.priority desc
      limit 1
    )
    from levels as l
    where l.priority is not null
  )
  select min(o.run_at)
  from levels as l
  cross join lateral (
    select t.run_at
    from absurd.tasks as t
    -- Not "=": the order by id alone would tempt the planner to walk the primary key.
    where t.queue_name = p_queue_name and t.state = 'ready' and t.priority <= l.priority
    order by t.priority desc, t.task_id
    limit 20
  ) as o;
$$;

comment on function absurd._oldest_ready_at(text) is
  'Since when the longest waiting ready task could run, among the 20 oldest of each priority: each step of this reads '
  'the index that claims read, and no more of it however long the queue is.';

create or replace function absurd._recount_tasks()
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_overtaken constant text[] := array(
    select l.virtualtransaction
    from pg_catalog.pg_locks as l
    left join pg_catalog.pg_stat_activity as a on a.pid = l.pid
    where l.pid <> pg_backend_pid() and (
      l.relation = 'absurd.tasks'::regclass and l.mode = 'RowExclusiveLock'
      -- Or still on its way there. Of other users' sessions nobody else may see the state.
      or l.locktype = 'virtualxid' and a.datname = current_database()
        and coalesce(a.backend_type, 'client backend') = 'client backend'
        and coalesce(a.state, 'active') not like 'idle%'
    )
  );
  v_give_up_at constant timestamptz := clock_timestamp() + interval '10 seconds';
begin
  while clock_timestamp() < v_give_up_at and exists (
    select from pg_catalog.pg_locks as l where l.virtualtransaction = any (v_overtaken)
  ) loop
    perform pg_sleep(0.05);
  end loop;
  -- Two must not both put right what is wrong.
  perform pg_advisory_xact_lock(hashtextextended('absurd counts', 0));
  -- One statement sees tasks and counts of the same moment, because every call changes both or none.
  insert into absurd.task_counts (queue_name, task_name, state, change)
  select d.queue_name, d.task_name, d.state, sum(d.change)
  from (
    select t.queue_name, t.task_name, t.state, count(*) as change
    from absurd.tasks as t
    group by t.queue_name, t.task_name, t.state
    union all
    select c.queue_name, c.task_name, c.state, -sum(c.change)
    from absurd.task_counts as c
    group by c.queue_name, c.task_name, c.state
  ) as d
  group by d.queue_name, d.task_name, d.state
  having sum(d.change) <> 0;
end;
$$;

comment on function absurd._recount_tasks() is
  'Puts the counts right after an upgrade: a call that had begun before went on as the older version counts. Waits for '
  'such calls, 10 s at most, which any statement that takes long can use up.';
