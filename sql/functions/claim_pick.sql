-- Which ready tasks a claim takes.

drop function if exists absurd._pick(text[], text[], int[]);

create or replace function absurd._pick(
  p_queue_names text[],
  p_task_names text[],
  p_shares int[],
  out task_ids uuid[],
  out child_ids uuid[],
  out workflow_ids uuid[]
)
returns record
language plpgsql
volatile
set search_path = ''
-- Without statistics, or with those of a quieter hour, a sort of everything ready may look cheaper than the index.
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  -- Two statements, because each reads an index of its own.
  if p_task_names[1] is null then
    select
      array_agg(p.task_id),
      array_agg(p.task_id) filter (where p.depth > 0),
      array_agg(p.workflow_id) filter (where p.depth > 0)
    into task_ids, child_ids, workflow_ids
    from (
      select r.*
      from unnest(p_queue_names, p_shares) as l (queue_name, share)
      cross join lateral (
        select t.task_id, t.priority, t.depth, t.workflow_id
        from absurd.tasks as t
        where t.queue_name = l.queue_name and t.state = 'ready'
        order by t.priority desc, t.task_id
        limit l.share
        for no key update skip locked
      ) as r
      order by r.priority desc, r.task_id
    ) as p;
    return;
  end if;
  select
    array_agg(p.task_id),
    array_agg(p.task_id) filter (where p.depth > 0),
    array_agg(p.workflow_id) filter (where p.depth > 0)
  into task_ids, child_ids, workflow_ids
  from (
    select r.*
    from unnest(p_queue_names, p_task_names, p_shares) as l (queue_name, task_name, share)
    cross join lateral (
      select t.task_id, t.priority, t.depth, t.workflow_id
      from absurd.tasks as t
      where t.queue_name = l.queue_name and t.task_name = l.task_name and t.state = 'ready'
      order by t.priority desc, t.task_id
      limit l.share
      for no key update skip locked
    ) as r
    where l.share > 0
    order by r.priority desc, r.task_id
  ) as p;
end;
$$;

comment on function absurd._pick(text[], text[], int[]) is
  'Locks the best ready tasks of each lane, its share at most, passing by those that others hold. Returns the best first, '
  'and those of them that have parents, each with its workflow; null for none.';
