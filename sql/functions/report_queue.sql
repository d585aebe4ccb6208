-- Queue statistics.

create or replace function absurd.get_queue_stats(p_queue_name text default null)
returns table (
  queue_name text,
  pending int,
  claimed int,
  completed int,
  failed int,
  cancelled int,
  ready int,
  scheduled int,
  blocked int,
  held int,
  paused boolean,
  oldest_ready_at timestamptz,
  dead_letters int
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  with wanted as (
    select q.queue_name, q.paused_at is not null as paused
    from absurd.queues as q
    where p_queue_name is null or q.queue_name = p_queue_name
    union all
    select p_queue_name, false
    where p_queue_name is not null and not exists (
      select from absurd.queues as q where q.queue_name = p_queue_name
    )
  )
  select
    w.queue_name,
    c.ready + c.scheduled + c.blocked,
    c.claimed,
    c.completed,
    c.failed,
    c.cancelled,
    c.ready - h.held,
    c.scheduled,
    c.blocked,
    h.held,
    w.paused,
    absurd._oldest_ready_at(w.queue_name),
    (
      select count(*)::int
      from absurd.dead_letters as d
      where d.queue_name = w.queue_name and d.replayed_at is null
    )
  from wanted as w
  cross join lateral (
    select
      coalesce(sum(n.change) filter (where n.state = 'ready'), 0)::int as ready,
      coalesce(sum(n.change) filter (where n.state = 'scheduled'), 0)::int as scheduled,
      coalesce(sum(n.change) filter (where n.state = 'blocked'), 0)::int as blocked,
      coalesce(sum(n.change) filter (where n.state = 'claimed'), 0)::int as claimed,
      coalesce(sum(n.change) filter (where n.state = 'completed'), 0)::int as completed,
      coalesce(sum(n.change) filter (where n.state = 'failed'), 0)::int as failed,
      coalesce(sum(n.change) filter (where n.state = 'cancelled'), 0)::int as cancelled
    from absurd.task_counts as n
    where n.queue_name = w.queue_name
  ) as c
  cross join lateral (
    select case when w.paused then c.ready else absurd._held_by_limits(w.queue_name) end as held
  ) as h
  order by w.queue_name;
$$;

comment on function absurd.get_queue_stats(text) is
  'How many tasks of a queue are in each status, and the pending ones by what holds them: ready, scheduled, blocked, or '
  'held (ready, but the queue is paused or a limit is reached); what is reserved counts as ready. oldest_ready_at: since '
  'when the longest waiting ready task could run, of the 20 oldest of each priority. All queues when p_queue_name is '
  'null; a name that was never used gives zeros. The cost grows with how many names of tasks there are, not with how many '
  'tasks.';
