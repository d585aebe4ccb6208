-- Idempotency keys: one holder per (queue, kind, key). A holder keeps its key while it is pending, claimed or
-- running, and for a window after it completed; failing and being cancelled free it at once. The row stays, so that
-- it outlives its holder, and a holder that is retried finds its window again.

create or replace function absurd._take_key(
  p_queue_name text,
  p_kind text,
  p_key text,
  p_holder_id uuid,
  p_fingerprint text,
  p_window_sec double precision,
  p_now timestamptz
)
returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_holder_id uuid;
  v_is_free boolean;
begin
  loop
    -- Waits for a concurrent taker; its commit decides.
    insert into absurd.idempotency_keys (queue_name, kind, key, holder_id, fingerprint, window_sec)
    values (
      p_queue_name, p_kind, p_key, p_holder_id, coalesce(p_fingerprint, 'unknown'), coalesce(p_window_sec, 2592000)
    )
    on conflict (queue_name, kind, key) do nothing;
    exit when found;
    -- Not "do update", which would lock the key of a live holder and so stand in the way of the holder's end.
    select k.holder_id, coalesce(k.free_at <= p_now, false)
    into v_holder_id, v_is_free
    from absurd.idempotency_keys as k
    where k.queue_name = p_queue_name and k.kind = p_kind and k.key = p_key;
    if found and not v_is_free then
      return v_holder_id;
    end if;
    begin
      update absurd.idempotency_keys as k
      set holder_id = p_holder_id,
        fingerprint = coalesce(p_fingerprint, k.fingerprint),
        -- A new holder that asks for no window must not inherit the short one of a stranger.
        window_sec = coalesce(p_window_sec, case when p_fingerprint is null then k.window_sec else 2592000 end),
        free_at = null
      where k.queue_name = p_queue_name and k.kind = p_kind and k.key = p_key and k.free_at <= p_now;
      if found then
        return p_holder_id;
      end if;
      -- Somebody else took it over, or it was pruned: look again. The row that we waited for is locked by us, though
      -- its new holder lives; undoing the block lets go of it.
      raise no_data_found;
    exception
      when no_data_found then null;
    end;
  end loop;
  return p_holder_id;
end;
$$;

comment on function absurd._take_key(text, text, text, uuid, text, double precision, timestamptz) is
  'Takes a key for p_holder_id, or finds it held: returns the holder''s id either way. A holder that '
  'comes back has p_fingerprint null, and keeps what the row has; else a null p_window_sec is 30 days. Callers take '
  'several keys in the order of (queue_name, key), and before they lock any task, or may not wait (_retake_keys).';

create or replace function absurd._take_keys(p_specs absurd._task_spec[], p_now timestamptz)
returns table (item int, holder_id uuid, params_differ boolean)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_spec record;
begin
  for v_spec in
    select s.item, s.task_id, s.queue_name, s.key, s.key_window_sec,
      absurd._fingerprint(s.task_name, s.params) as fingerprint
    from unnest(p_specs) as s
    where s.key is not null and s.outcome = 'ok'
    order by s.queue_name, s.key, s.item
  loop
    item := v_spec.item;
    holder_id := absurd._take_key(
      v_spec.queue_name, 'task', v_spec.key, v_spec.task_id, v_spec.fingerprint, v_spec.key_window_sec, p_now
    );
    params_differ := absurd._key_fingerprint(v_spec.queue_name, 'task', v_spec.key) <> v_spec.fingerprint;
    return next;
  end loop;
end;
$$;

comment on function absurd._take_keys(absurd._task_spec[], timestamptz) is
  'Takes the keys of a batch, in lock order; one row for each item that has one.';

create or replace function absurd._fingerprint(p_name text, p_content jsonb)
returns text
language sql
immutable
as $$
  select md5(p_name || ' ' || p_content::text);
$$;

comment on function absurd._fingerprint(text, jsonb) is 'What a repeated spawn is compared by.';

create or replace function absurd._key_fingerprint(p_queue_name text, p_kind text, p_key text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select k.fingerprint
  from absurd.idempotency_keys as k
  where k.queue_name = p_queue_name and k.kind = p_kind and k.key = p_key;
$$;

comment on function absurd._key_fingerprint(text, text, text) is 'The fingerprint that the holder of a key left.';

create or replace function absurd._settle_keys(p_completed uuid[], p_freed uuid[], p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if cardinality(p_completed) > 0 then
    update absurd.idempotency_keys as k
    set free_at = p_now + make_interval(secs => k.window_sec)
    where k.holder_id = any (p_completed) and k.free_at is null;
  end if;
  if cardinality(p_freed) > 0 then
    update absurd.idempotency_keys as k
    set free_at = p_now
    where k.holder_id = any (p_freed) and k.free_at is null;
  end if;
end;
$$;

comment on function absurd._settle_keys(uuid[], uuid[], timestamptz) is
  'Starts the window of keys whose holders completed, and frees those whose holders failed or were cancelled.';
