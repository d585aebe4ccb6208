-- What a claim does before it picks.

create or replace function absurd._claim_keys()
returns text[]
language sql
immutable
as $$
  select '{lease_sec,heartbeat_sec,wait_sec,defaults,stages,ahead}'::text[];
$$;

comment on function absurd._claim_keys() is 'What the settings of a claim may hold.';

create or replace function absurd._is_plain_claim(p_worker_id text, p_queue_names text[], p_limit int, p_settings jsonb)
returns boolean
language sql
immutable
as $$
  -- Few words, because the server prepares them anew in each transaction; which of them it is tells _check_claim.
  select (
    absurd._is_name(p_worker_id) and cardinality(p_queue_names) > 0 and p_limit between 1 and 10000
    and p_settings - absurd._claim_keys() = '{}'
    and absurd._are_claim_times(p_settings) and absurd._is_number(p_settings -> 'ahead', 0, p_limit, true)
    and absurd._are_settings(p_settings -> 'defaults') and coalesce(p_settings -> 'stages', '{}') = '{}'
  ) is true;
$$;

comment on function absurd._is_plain_claim(text, text[], int, jsonb) is
  'Whether the arguments of a claim are in order, and stages have no settings of their own.';

create or replace function absurd._check_claim(p_worker_id text, p_queue_names text[], p_limit int, p_settings jsonb)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_stages constant jsonb := p_settings -> 'stages';
  v_problem text := absurd._claim_problem(p_worker_id, p_queue_names, p_limit, p_settings);
  v_name text;
begin
  if v_problem is not null then
    perform absurd._raise('22023', v_problem);
  end if;
  perform absurd._check_keys(coalesce(p_settings, '{}'), absurd._claim_keys(), 'The settings');
  if v_stages <> '{}' then
    for v_name in select k.key from jsonb_object_keys(v_stages) as k (key) loop
      v_problem := absurd._setting_problem(v_stages -> v_name);
      if v_problem is not null then
        perform absurd._raise('22023', format('Settings of stage %s: %s', v_name, v_problem));
      end if;
    end loop;
  end if;
end;
$$;

comment on function absurd._check_claim(text, text[], int, jsonb) is
  'Raises 22023 for arguments of a claim that would break it half-way.';

create or replace function absurd._are_claim_times(p_settings jsonb)
returns boolean
language sql
immutable
as $$
  select (p_settings @? 'strict $ ? (
    exists(@.lease_sec ? (!(@.type() == "number" && @ >= 0.001 && @ <= 315360000))) ||
    exists(@.heartbeat_sec ? (!(@.type() == "number" && @ >= 0.001 && @ <= 315360000))) ||
    exists(@.wait_sec ? (!(@.type() == "number" && @ >= 0.001 && @ <= 315360000)))
  )') is not true;
$$;

comment on function absurd._are_claim_times(jsonb) is
  'Whether those of lease_sec, heartbeat_sec and wait_sec that are set are numbers of seconds, ten years at most.';

create or replace function absurd._claim_problem(
  p_worker_id text, p_queue_names text[], p_limit int, p_settings jsonb
)
returns text
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when not absurd._is_name(p_worker_id) then absurd._name_problem(p_worker_id, 'worker_id')
    when coalesce(cardinality(p_queue_names), 0) = 0 then 'queue_names is empty'
    when p_limit is null or p_limit not between 1 and 10000 then
      format('limit must be a number from 1 to 10000: %s', p_limit)
    when p_settings is null or p_settings = '{}' then null
    when jsonb_typeof(p_settings) <> 'object' then 'The settings must be a JSON object'
    when not absurd._are_claim_times(p_settings) then
      format(
        'lease_sec, heartbeat_sec and wait_sec must be numbers of seconds: %s',
        p_settings - '{defaults,stages,ahead}'::text[]
      )
    when not absurd._is_number(p_settings -> 'ahead', 0, p_limit, true) then
      format('ahead must be a number from 0 to limit, %s: %s', p_limit, p_settings -> 'ahead')
    when not absurd._are_settings(p_settings -> 'defaults') then
      'Settings of the worker: ' || absurd._setting_problem(p_settings -> 'defaults')
  end;
end;
$$;

comment on function absurd._claim_problem(text, text[], int, jsonb) is
  'Says what is wrong with the arguments of a claim, but for keys that nobody knows and stages, or null.';

create or replace function absurd._promote_due(p_queue_names text[], p_limit int, p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_due constant uuid[] := array(
    select s.task_id
    from unnest(p_queue_names) as q (queue_name)
    cross join lateral (
      select t.task_id
      from absurd.tasks as t
      where t.queue_name = q.queue_name and t.state = 'scheduled' and t.run_at <= p_now
      order by t.run_at
      limit p_limit
      for no key update skip locked
    ) as s
  );
begin
  if v_due = '{}' then
    return;
  end if;
  -- A cancelled claim that was retried may have beaten on meanwhile: then its lease ends later than was written.
  with moved as (
    update absurd.tasks as t
    set state = case when n.run_at > p_now then 'scheduled' else 'ready' end,
      run_at = case when n.run_at > p_now then n.run_at else t.run_at end
    from unnest(v_due) as d (task_id)
    cross join lateral (select absurd._runs_from(d.task_id, p_now) as run_at) as n
    where t.task_id = d.task_id
    returning t.queue_name, t.task_name, t.state
  )
  insert into absurd.task_counts (queue_name, task_name, state, change)
  select m.queue_name, m.task_name, s.state, sum(s.change)
  from moved as m
  cross join (values ('scheduled', -1), ('ready', 1)) as s (state, change)
  where m.state = 'ready'
  group by m.queue_name, m.task_name, s.state;
end;
$$;

comment on function absurd._promote_due(text[], int, timestamptz) is
  'Makes up to p_limit scheduled tasks of each queue ready whose time has come, the longest due first.';

create or replace function absurd._small_claim()
returns int
language sql
immutable
as $$
  select 50;
$$;

comment on function absurd._small_claim() is 'Claims of so many tasks, or fewer, need not follow one another.';

create or replace function absurd._limit_in_line(p_queue_names text[], p_limit int)
returns int
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $$
declare
  v_small constant int := absurd._small_claim();
  v_lanes constant int := 2;
  v_key constant bigint := hashtextextended('absurd claims ' || array_to_string(p_queue_names, ','), 0);
  v_lane int;
  v_first text;
  v_seen text[];
begin
  if p_limit <= v_small then
    return p_limit;
  end if;
  for v_try in 0..20 loop
    for v_other in 0..v_lanes - 1 loop
      if pg_try_advisory_xact_lock(v_key + v_other) then
        return p_limit;
      end if;
    end loop;
    v_lane := (pg_backend_pid() + v_try) % v_lanes;
    begin
      perform pg_advisory_xact_lock(v_key + v_lane);
      return p_limit;
    exception
      when lock_not_available then
        v_first := absurd._first_in_line(v_key + v_lane);
        exit when v_first = v_seen[v_lane + 1];
        v_seen[v_lane + 1] := v_first;
    end;
  end loop;
  return v_small;
end;
$$;

comment on function absurd._limit_in_line(text[], int) is
  'Lets large claims of the same queues follow one another, two at a time: side by side each walks over what the others '
  'hold, and locks what they have just committed, so that completions wait for it. Returns how many to claim: p_limit, or '
  'a few once neither line has moved for a second, because who is first may have left a transaction open. Small claims '
  'need not wait.';

create or replace function absurd._first_in_line(p_key bigint)
returns text
language sql
volatile
as $$
  select l.virtualtransaction
  from pg_catalog.pg_locks as l
  where l.locktype = 'advisory' and l.granted and l.objsubid = 1
    and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
    and (l.classid::bigint << 32 | l.objid::bigint) = p_key;
$$;

comment on function absurd._first_in_line(bigint) is 'The transaction that holds an advisory lock; null for none.';
