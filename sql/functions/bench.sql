-- What `absurd bench` needs besides the verbs that it measures.

create or replace function absurd.get_usage()
returns table (wal_bytes numeric, buffers bigint)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  perform pg_stat_clear_snapshot();
  return query
    select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0'), d.blks_hit + d.blks_read
    from pg_catalog.pg_stat_database as d
    where d.datname = current_database();
end;
$$;

comment on function absurd.get_usage() is
  'How many bytes of WAL the server has written, and how many buffers sessions of this database have read, since some '
  'time long ago: two calls tell what happened between them, everybody''s work together. Sessions report buffers when '
  'they have been idle for a second.';

create or replace function absurd.discard_bench_tasks(p_queue_name text, p_limit int default 1000)
returns int
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_count int;
begin
  if p_queue_name is null or p_queue_name not like 'bench-%' then
    perform absurd._raise('22023', format('Not a queue of absurd bench: %s', p_queue_name),
      'Only tasks of queues whose name begins with bench- are discarded.');
  end if;
  if p_limit is null or p_limit not between 1 and 10000 then
    perform absurd._raise('22023', format('limit must be a number from 1 to 10000: %s', p_limit));
  end if;
  v_count := absurd._forget_tasks(array(
    select t.task_id
    from absurd.tasks as t
    where t.queue_name = p_queue_name
    limit p_limit
    for update skip locked
  ));
  if v_count = 0 then
    delete from absurd.event_batches as e where e.queue_name = p_queue_name;
    delete from absurd.workflows as w where w.queue_name = p_queue_name;
    delete from absurd.claim_hints as h where h.queue_name = p_queue_name;
    delete from absurd.queues as q where q.queue_name = p_queue_name;
  end if;
  return v_count;
end;
$$;

comment on function absurd.discard_bench_tasks(text, int) is
  'Forgets up to p_limit tasks of a queue of absurd bench, whatever their state; once none is left, also its events and '
  'the queue. Returns how many; call again until it is 0. Raises 22023 for a queue whose name does not begin with bench-.';
