-- Freeing some of very many children, whose parents have completed: by whoever looks for work.

drop function if exists absurd._free_more(timestamptz);
drop function if exists absurd._free_more(text[], timestamptz);
create or replace function absurd._free_more(p_queue_names text[], p_limit int, p_now timestamptz)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  -- A few cost as much as a hundred.
  v_most constant int := least(greatest(coalesce(p_limit, absurd._free_at_once()), 100), absurd._free_at_once());
  v_times int := 20;
  v_size int := 0;
  v_are_ready boolean := false;
  v_freed record;
begin
  loop
    v_freed := absurd._free_some(p_queue_names, v_most - v_size, p_now);
    perform absurd._refresh_workflows(v_freed.workflow_ids, p_now);
    if v_freed.are_ready is null then
      return v_are_ready;
    end if;
    if v_freed.are_ready then
      v_are_ready := true;
      v_size := v_size + v_freed.size;
    end if;
    v_times := v_times - 1;
    -- Of those that were given back a row may name one only: too few for who looks for work.
    if v_are_ready and (v_size >= v_most or v_times <= 0) then
      return true;
    end if;
  end loop;
end;
$$;

comment on function absurd._free_more(text[], int, timestamptz) is
  'Frees some of the children that are to be freed, about as many as are wanted (p_limit; null: all that may be freed at '
  'once), so that who reserves finds the others as they are; and more if none of them is ready then. False when none is, '
  'and no more can be freed now. Begins with those in the queues (null: any), as their first tell. Waits for no task.';

drop function if exists absurd._free_some(timestamptz);
drop function if exists absurd._free_some(text[], int, timestamptz);
create or replace function absurd._free_some(
  p_queue_names text[],
  p_most int,
  p_now timestamptz,
  out are_ready boolean,
  out size int,
  out workflow_ids uuid[]
)
returns record
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
as $$
declare
  -- Each reads a thousand children before it finds one that is held.
  v_tries constant int := 5;
  v_freeing absurd.freeing;
  v_held absurd.freeing[] := '{}';
  v_locked record;
  v_freed record;
begin
  loop
    -- After some that are held those of another parent: somebody may hold all of one.
    select f.*
    into v_freeing
    from absurd.freeing as f
    -- A look-up each: a plan of when there were few tasks would go through all that there have been since.
    left join lateral (
      select t.queue_name from absurd.tasks as t where t.task_id = f.first_id offset 0
    ) as c on true
    where f <> all (v_held)
    order by
      (c.queue_name = any (p_queue_names)) is true desc,
      (select count(*) from unnest(v_held) as h where h.parent_id = f.parent_id),
      f.parent_id, f.first_id
    limit 1
    for update of f skip locked;
    if not found then
      return;
    end if;
    v_locked := absurd._lock_to_free(v_freeing, p_most);
    exit when v_locked.child_ids is not null;
    v_held := v_held || v_freeing;
    if cardinality(v_held) = v_tries then
      return;
    end if;
  end loop;
  perform absurd._shorten_freeing(v_freeing.parent_id, array[v_freeing.first_id], v_locked.next_id);
  size := cardinality(v_locked.child_ids);
  v_freed := absurd._free(v_locked.child_ids, array_fill(1, array[size]), p_now);
  are_ready := v_freed.queue_names is not null;
  workflow_ids := array(
    select t.workflow_id
    from absurd.tasks as t
    where t.task_id = v_freeing.parent_id and t.workflow_id <> all (v_freed.workflow_ids)
  );
end;
$$;

comment on function absurd._free_some(text[], int, timestamptz) is
  'Frees up to p_most of the children that are to be freed, those in the queues before others (null: any), as the first of some '
  'tells. Tells whether some are ready then, how many it looked at, and the workflow of their parent if no step of it is: '
  'it may have ended, where they were cancelled meanwhile. All null when there are none, or others hold one of each few '
  'that were tried.';

drop function if exists absurd._lock_to_free(absurd.freeing);
drop function if exists absurd._lock_to_free(absurd.freeing, int);
create or replace function absurd._lock_to_free(
  p_freeing absurd.freeing, p_most int, out child_ids uuid[], out next_id uuid
)
returns record
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
as $$
declare
  v_task_ids constant uuid[] := array(
    select e.task_id
    from absurd._edges_between(p_freeing.parent_id, p_freeing.first_id, p_freeing.last_id) as e
    limit p_most + 1
  );
begin
  perform
  from absurd.tasks as t
  where t.task_id = any (v_task_ids[:p_most])
  order by t.depth, t.task_id
  for no key update nowait;
  -- Looked at only now: whoever has opened one of them again has satisfied its edge.
  child_ids := array(
    select e.task_id
    from absurd._edges_between(
      p_freeing.parent_id, p_freeing.first_id, v_task_ids[least(p_most, cardinality(v_task_ids))]
    ) as e
    where not e.satisfied
  );
  next_id := v_task_ids[p_most + 1];
exception
  when lock_not_available then
    child_ids := null;
end;
$$;

comment on function absurd._lock_to_free(absurd.freeing, int) is
  'Locks up to p_most children that are to be freed, and returns those whose edges are not satisfied yet, and the one after '
  'them. child_ids is null when somebody else holds one of them.';
