-- Picking: which of the ready tasks of which lanes a claim locks.

drop function if exists absurd._pick(text[], text[], int[]);

create or replace function absurd._pick(p_queue_names text[], p_task_names text[], p_shares int[], p_is_hinted boolean)
returns absurd._picked
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_is_one constant boolean := coalesce(cardinality(p_queue_names) = 1 and p_shares[1] > 0, false);
  v_read bigint;
  v_hint absurd.claim_hints;
  v_picked absurd._picked;
begin
  if not v_is_one then
    return absurd._pick_from_lanes(p_queue_names, p_task_names, p_shares);
  end if;
  if p_is_hinted then
    select h.* into v_hint from absurd.claim_hints as h
    where h.queue_name = p_queue_names[1] and h.task_name = coalesce(p_task_names[1], '');
    if found then
      v_picked := absurd._pick_by_hint(v_hint, p_shares[1]);
    end if;
    if v_picked.task_ids is not null then
      return v_picked;
    end if;
  end if;
  v_read := absurd._ready_read(p_task_names[1]);
  v_picked := absurd._pick_from_lanes(p_queue_names, p_task_names, p_shares);
  v_read := absurd._ready_read(p_task_names[1]) - v_read - coalesce(cardinality(v_picked.task_ids), 0);
  if v_read > absurd._many_dead_entries(p_shares[1]) then
    v_read := v_read - absurd._count_ready_reserved(p_queue_names[:1]);
  end if;
  if v_hint.queue_name is not null or v_read > absurd._many_dead_entries(p_shares[1]) then
    perform absurd._keep_hint(p_queue_names[1], p_task_names[1], p_shares[1], v_picked.task_ids, v_read, v_hint);
  end if;
  return v_picked;
end;
$$;

comment on function absurd._pick(text[], text[], int[], boolean) is
  'Locks the best ready tasks of each lane, its share at most, passing by those that others hold. Returns the best first. '
  'p_is_hinted: some lane has a hint.';

drop function if exists absurd._pick_from_queue(text, int);

create or replace function absurd._pick_from_lanes(p_queue_names text[], p_task_names text[], p_shares int[])
returns absurd._picked
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
-- Without statistics, or with those of a quieter hour, a sort of everything ready may look cheaper than the index.
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_picked absurd._picked;
begin
  -- Two statements, because each reads an index of its own.
  if p_task_names[1] is null then
    select
      array_agg(p.task_id), array_agg(p.attempt + 1), array_agg(p.queue_name), array_agg(p.task_name),
      array_agg(p.workflow_id), array_agg(p.depth)
    into v_picked
    from (
      select r.*
      from unnest(p_queue_names, p_shares) as l (queue_name, share)
      cross join lateral (
        select t.task_id, t.attempt, t.queue_name, t.task_name, t.workflow_id, t.depth, t.priority
        from absurd.tasks as t
        where t.queue_name = l.queue_name and t.state = 'ready'
          and t.task_id not in (select r.id from unnest(absurd._reserved(p_queue_names)) as r (id))
        order by t.priority desc, t.task_id
        limit l.share
        for no key update skip locked
      ) as r
      order by r.priority desc, r.task_id
    ) as p;
  else
    select
      array_agg(p.task_id), array_agg(p.attempt + 1), array_agg(p.queue_name), array_agg(p.task_name),
      array_agg(p.workflow_id), array_agg(p.depth)
    into v_picked
    from (
      select r.*
      from unnest(p_queue_names, p_task_names, p_shares) as l (queue_name, task_name, share)
      cross join lateral (
        select t.task_id, t.attempt, t.queue_name, t.task_name, t.workflow_id, t.depth, t.priority
        from absurd.tasks as t
        where t.queue_name = l.queue_name and t.task_name = l.task_name and t.state = 'ready'
          and t.task_id not in (select r.id from unnest(absurd._reserved(p_queue_names)) as r (id))
        order by t.priority desc, t.task_id
        limit l.share
        for no key update skip locked
      ) as r
      where l.share > 0
      order by r.priority desc, r.task_id
    ) as p;
  end if;
  return v_picked;
end;
$$;

comment on function absurd._pick_from_lanes(text[], text[], int[]) is
  'Locks the best ready tasks of each lane, its share at most, passing by those that others hold; the best first.';
