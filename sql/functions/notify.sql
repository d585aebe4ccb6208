-- Events and notifications: the shape of an event is stated here only.

create or replace function absurd._publish(p_changed uuid[], p_ready uuid[], p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_queue_names text[];
begin
  perform absurd._notify_ready(p_ready, p_now);
  if coalesce(cardinality(p_changed), 0) = 0 then
    return;
  end if;
  with appended as (
    insert into absurd.event_batches (
      created_at, kind, queue_name, task_name, workflow_id, status, detail, task_ids, attempts, size
    )
    select
      p_now, 'task', c.queue_name, c.task_name, c.workflow_id, c.status, c.detail,
      array_agg(c.task_id order by c.task_id), array_agg(c.attempt order by c.task_id), count(*)
    from (
      select
        t.queue_name, t.task_name, t.workflow_id, t.status, t.task_id, t.attempt,
        case t.state
          when 'claimed' then jsonb_build_object('worker_id', t.worker_id)
          when 'failed' then jsonb_build_object('error', left(t.error, 500), 'error_reason', t.error_reason)
          when 'cancelled' then
            jsonb_strip_nulls(jsonb_build_object('reason', t.cancel_reason, 'cause_task_id', t.cause_task_id))
          when 'scheduled' then
            jsonb_strip_nulls(jsonb_build_object('run_at', t.run_at, 'error_reason', t.error_reason))
        end as detail
      from absurd.tasks as t
      where t.task_id = any (p_changed)
        and t.queue_name <> all (array(select q.queue_name from absurd.queues as q where not q.keeps_events))
    ) as c
    group by c.queue_name, c.task_name, c.workflow_id, c.status, c.detail
    order by min(c.task_id::text)
    returning event_batches.queue_name
  )
  select array_agg(distinct appended.queue_name) into v_queue_names from appended;
  perform absurd._wake_readers(v_queue_names, p_now);
end;
$$;

comment on function absurd._publish(uuid[], uuid[], timestamptz) is
  'Appends an event for each task of p_changed, as it now stands, and wakes readers; wakes workers for those of '
  'p_ready that are ready. Called once the tasks stand as they will.';

create or replace function absurd._wake_readers(p_queue_names text[], p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from absurd.event_log as l where l.followed_until > p_now) then
    perform pg_notify('absurd_events', q.queue_name) from unnest(p_queue_names) as q (queue_name);
  end if;
end;
$$;

comment on function absurd._wake_readers(text[], timestamptz) is
  'Wakes those who follow events: channel absurd_events, payload the queue name. A notification costs a look of every '
  'listening connection of the database, also of workers, so it is not sent where nobody has said that he follows.';

drop function if exists absurd._notify_ready(uuid[]);
create or replace function absurd._notify_ready(p_task_ids uuid[], p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if coalesce(cardinality(p_task_ids), 0) > 0 then
    perform absurd._wake_workers(array(
      select distinct t.queue_name
      from absurd.tasks as t
      where t.task_id = any (p_task_ids) and t.state = 'ready'
    ), p_now);
  end if;
end;
$$;

comment on function absurd._notify_ready(uuid[], timestamptz) is 'Wakes workers for those of the tasks that are ready.';

create or replace function absurd._wake_workers(p_queue_names text[], p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('absurd_tasks', q.queue_name)
  from absurd.queues as q
  where q.queue_name = any (p_queue_names) and q.awaited_until > p_now;
end;
$$;

comment on function absurd._wake_workers(text[], timestamptz) is
  'Wakes workers: channel absurd_tasks, payload the queue name, where one may be asleep. Commits that notify follow one '
  'another in the whole server, so nobody notifies for workers that ask by themselves.';

create or replace function absurd._backlog()
returns int
language sql
immutable
as $$
  select 10000;
$$;

comment on function absurd._backlog() is
  'From so many ready tasks on workers are told of a backlog. Ten of them may take a whole call of a thousand each then, '
  'so none that could help is left with nothing for longer than the others are busy.';

create or replace function absurd._tell_backlog(p_queue_name text, p_ready bigint)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_ready >= absurd._backlog() then
    perform pg_notify('absurd_backlogs', p_queue_name);
  end if;
end;
$$;

comment on function absurd._tell_backlog(text, bigint) is
  'Tells workers that there are very many tasks, so that who has few places need not find out by a claim that fills only '
  'these: channel absurd_backlogs, payload the queue name. Called before they are woken.';

create or replace function absurd._await(p_queue_names text[], p_wait interval, p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- For twice as long, so that most who look again meanwhile need not write. Whoever would have to wait for another
  -- that does the same leaves it to him.
  update absurd.queues as q
  set awaited_until = p_now + 2 * p_wait
  from (
    select a.queue_name
    from absurd.queues as a
    where a.queue_name = any (p_queue_names)
      and (a.awaited_until <= p_now + p_wait or a.awaited_until = 'infinity')
    for no key update skip locked
  ) as u
  where q.queue_name = u.queue_name;
end;
$$;

comment on function absurd._await(text[], interval, timestamptz) is
  'Has ready tasks of the queues notified from now on, for p_wait at least: somebody goes to sleep.';

create or replace function absurd._notify_claims(p_worker_ids text[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('absurd_claims', w.worker_id)
  from (select distinct u.worker_id from unnest(p_worker_ids) as u (worker_id)) as w
  where w.worker_id is not null;
end;
$$;

comment on function absurd._notify_claims(text[]) is
  'Tells workers that a claim of theirs was cancelled or lost: channel absurd_claims, payload the worker id. They beat '
  'at once and learn which.';
