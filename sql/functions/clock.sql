-- Time, identity and delays. Every other function reads the time once, from absurd.clock(), into a variable.

create or replace function absurd.clock()
returns timestamptz
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Not now(): a transaction that waited for a lock must not act on the time before the wait.
  return clock_timestamp();
end;
$$;

comment on function absurd.clock() is
  'The time of the queue: the database''s own clock. The one function to replace for a test that travels in time.';

drop function if exists absurd._new_id(int);

create or replace function absurd._new_id()
returns uuid
language sql
volatile
as $$
  -- From the real clock even in tests: ids give the order of age, and time is never read back from them. RFC 9562,
  -- method 3: 48 bits of milliseconds, 12 bits of their fraction, then random bits.
  select encode(
    int8send(((n.us / 1000) << 16) | (7 << 12) | ((n.us % 1000) * 4096 / 1000))
      || substring(uuid_send(gen_random_uuid()) from 9),
    'hex'
  )::uuid
  from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as us offset 0) as n;
$$;

-- From version 18 on the server makes them itself, in a tenth of the time.
do $do$
begin
  if current_setting('server_version_num')::int >= 180000 then
    create or replace function absurd._new_id() returns uuid language sql volatile as 'select pg_catalog.uuidv7()';
  end if;
end;
$do$;

comment on function absurd._new_id() is 'Makes a UUIDv7.';

create or replace function absurd._batch_id()
returns text
language sql
volatile
as $$
  select replace(absurd._new_id()::text, '-', '');
$$;

comment on function absurd._batch_id() is 'Makes the id of a batch, from which those of its items are made.';

create or replace function absurd._item_id(p_id text, p_item int)
returns uuid
language sql
immutable
as $$
  select (left(p_id, 16) || to_hex(8388608 | (p_item & 4194303)) || right(p_id, 10))::uuid;
$$;

comment on function absurd._item_id(text, int) is
  'The id of an item of a batch: the id of the batch (32 hexadecimal digits) with the number of the item in 22 of its '
  'random bits, so that ids made by one call sort as its items do.';

create or replace function absurd._backoff_sec(
  p_failures int,
  p_base_sec double precision,
  p_cap_sec double precision
)
returns double precision
language sql
volatile
as $$
  -- "Full jitter" (Brooker, Exponential Backoff And Jitter, 2015). The exponent is bounded because an overflow here
  -- would raise within the recovery of a whole queue.
  select random() * least(p_cap_sec, p_base_sec * power(2, least(greatest(p_failures - 1, 0), 60)));
$$;

comment on function absurd._backoff_sec(int, double precision, double precision) is
  'Seconds to wait after the given number of failures: random between 0 and min(cap, base * 2^(failures - 1)).';
