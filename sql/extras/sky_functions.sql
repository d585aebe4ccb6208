
-- Matching detections with known sources, and reading the catalogue.

drop function if exists sky._fold_in(
  int, double precision, double precision, double precision, double precision, double precision, timestamptz
);

create or replace function sky._separation_arcsec(
  p_ra1_deg double precision,
  p_dec1_deg double precision,
  p_ra2_deg double precision,
  p_dec2_deg double precision
)
returns double precision
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  -- Haversine: exact for small angles, and right across 0 h and at the poles.
  select 2 * degrees(asin(least(1, sqrt(
    power(sin(radians(p_dec2_deg - p_dec1_deg) / 2), 2)
      + cos(radians(p_dec1_deg)) * cos(radians(p_dec2_deg)) * power(sin(radians(p_ra2_deg - p_ra1_deg) / 2), 2)
  )))) * 3600;
$$;

comment on function sky._separation_arcsec(double precision, double precision, double precision, double precision) is
  'Angle between two places of the sky, in arcseconds.';

create or replace function sky._nearest_source(
  p_task_id uuid,
  p_ra_deg double precision,
  p_dec_deg double precision,
  p_position_error_arcsec double precision
)
returns int
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select c.source_id
  from (
    select s.source_id, sky._separation_arcsec(p_ra_deg, p_dec_deg, s.ra_deg, s.dec_deg) as separation_arcsec,
      -- The same source, if no farther than 5" or 3 standard deviations of both positions, whichever is larger (one
      -- arcminute at most, so that a bad fit cannot swallow its neighbours).
      least(60, greatest(5, 3 * sqrt(power(s.position_error_arcsec, 2) + power(p_position_error_arcsec, 2))))
        as limit_arcsec
    from sky.sources as s
    where s.dec_deg between p_dec_deg - 60 / 3600.0 and p_dec_deg + 60 / 3600.0
  ) as c
  where c.separation_arcsec <= c.limit_arcsec
    -- Two detections in one image are two sources.
    and not exists (select from sky.detections as d where d.task_id = p_task_id and d.source_id = c.source_id)
  order by c.separation_arcsec
  limit 1;
$$;

comment on function sky._nearest_source(uuid, double precision, double precision, double precision) is
  'The known source that a detection belongs to, or null.';

create or replace function sky.take_detections(p_task_id uuid, p_attempt int, p_result jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_at constant timestamptz := (p_result ->> 'observed_at')::timestamptz;
  v_observation constant text := coalesce(p_result ->> 'observation', p_task_id::text);
  v_sources int[];
  v_row record;
  v_source_id int;
begin
  if jsonb_typeof(p_result -> 'rows') is distinct from 'array' or v_at is null then
    raise exception using errcode = '22023', message = 'The result must hold rows and observed_at';
  end if;
  -- Two images of one field must not both add a new source.
  lock table sky.sources in share row exclusive mode;
  -- Sources stay while the new rows are matched with them, so that they keep their numbers.
  with gone as (
    delete from sky.detections as d
    where d.observation = v_observation or d.task_id = p_task_id
    returning d.source_id
  )
  select coalesce(array_agg(distinct g.source_id), '{}') into v_sources from gone as g;
  for v_row in
    select e.item::int as item, r.ra_deg, r.dec_deg, r.flux_jy, greatest(r.flux_error_jy, 1e-9) as flux_error_jy, r.snr,
      greatest(coalesce(r.position_error_arcsec, 1), 0.001) as position_error_arcsec
    from jsonb_array_elements(p_result -> 'rows') with ordinality as e (value, item)
    cross join lateral jsonb_to_record(e.value) as r (
      ra_deg double precision, dec_deg double precision, flux_jy double precision, flux_error_jy double precision,
      snr double precision, position_error_arcsec double precision
    )
    order by r.flux_jy desc
  loop
    v_source_id := sky._nearest_source(p_task_id, v_row.ra_deg, v_row.dec_deg, v_row.position_error_arcsec);
    if v_source_id is null then
      insert into sky.sources (
        ra_deg, dec_deg, position_error_arcsec, flux_jy, flux_error_jy, first_seen_at, last_seen_at
      )
      values (
        v_row.ra_deg - 360 * floor(v_row.ra_deg / 360), v_row.dec_deg, v_row.position_error_arcsec, v_row.flux_jy,
        v_row.flux_error_jy, v_at, v_at
      )
      returning source_id into v_source_id;
    end if;
    insert into sky.detections (
      task_id, row_number, attempt, source_id, observation, image, observed_at, ra_deg, dec_deg, position_error_arcsec,
      flux_jy, flux_error_jy, snr
    )
    values (
      p_task_id, v_row.item, p_attempt, v_source_id, v_observation, p_result ->> 'image', v_at, v_row.ra_deg,
      v_row.dec_deg, v_row.position_error_arcsec, v_row.flux_jy, v_row.flux_error_jy, v_row.snr
    );
    v_sources := v_sources || v_source_id;
  end loop;
  perform sky._sum_up(v_sources);
end;
$$;

comment on function sky.take_detections(uuid, int, jsonb) is
  'The sink: forgets what was found in the observation before, and matches each row with the known sources, brightest first, or adds a new one. Raises 22023 for another result.';

create or replace function sky._sum_up(p_source_ids int[])
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  delete from sky.sources as s
  where s.source_id = any (p_source_ids)
    and not exists (select from sky.detections as d where d.source_id = s.source_id);

  update sky.sources as s
  set ra_deg = m.ra_deg - 360 * floor(m.ra_deg / 360),
    dec_deg = m.dec_deg,
    position_error_arcsec = m.position_error_arcsec,
    flux_jy = m.flux_jy,
    flux_error_jy = m.flux_error_jy,
    detection_count = m.detection_count,
    first_seen_at = m.first_seen_at,
    last_seen_at = m.last_seen_at
  from (
    select
      o.source_id,
      -- The short way round the circle, seen from where the source was.
      o.ra_deg + sum((d.ra_deg - o.ra_deg - 360 * round((d.ra_deg - o.ra_deg) / 360)) * w.position) / sum(w.position)
        as ra_deg,
      sum(d.dec_deg * w.position) / sum(w.position) as dec_deg,
      1 / sqrt(sum(w.position)) as position_error_arcsec,
      sum(d.flux_jy * w.flux) / sum(w.flux) as flux_jy,
      1 / sqrt(sum(w.flux)) as flux_error_jy,
      count(*)::int as detection_count,
      min(d.observed_at) as first_seen_at,
      max(d.observed_at) as last_seen_at
    from sky.sources as o
    join sky.detections as d on d.source_id = o.source_id
    cross join lateral (select power(d.position_error_arcsec, -2) as position, power(d.flux_error_jy, -2) as flux) as w
    where o.source_id = any (p_source_ids)
    group by o.source_id
  ) as m
  where s.source_id = m.source_id;
$$;

comment on function sky._sum_up(int[]) is
  'Makes sources from their detections: means weighted by inverse variance. Those without any are removed.';

create or replace function sky.light_curve(p_source_id int)
returns table (
  observed_at timestamptz,
  flux_jy double precision,
  flux_error_jy double precision,
  snr double precision,
  observation text,
  image text
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select d.observed_at, d.flux_jy, d.flux_error_jy, d.snr, d.observation, d.image
  from sky.detections as d
  where d.source_id = p_source_id
  order by d.observed_at, d.observation;
$$;

comment on function sky.light_curve(int) is 'The flux densities of a source, one row per observation, in order of time.';

create or replace function sky.list_sources(p_limit int default 100)
returns table (
  source_id int,
  ra_deg double precision,
  dec_deg double precision,
  flux_jy double precision,
  flux_error_jy double precision,
  detection_count int,
  first_seen_at timestamptz,
  last_seen_at timestamptz
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select
    s.source_id, s.ra_deg, s.dec_deg, s.flux_jy, s.flux_error_jy, s.detection_count, s.first_seen_at, s.last_seen_at
  from sky.sources as s
  order by s.flux_jy desc
  limit p_limit;
$$;

comment on function sky.list_sources(int) is 'The sources of the catalogue, brightest first.';

revoke all on schema sky from public;
revoke all on all tables in schema sky from public;
revoke all on all routines in schema sky from public;
select absurd._adopt('sky');
select absurd.register_sink('sky', 'sky.take_detections(uuid, int, jsonb)');

do $$
begin
  if to_regrole('absurd_owner') = (select n.nspowner from pg_catalog.pg_namespace as n where n.nspname = 'sky') then
    grant usage on schema sky to absurd_operator, absurd_reader;
    grant select on sky.sources, sky.detections to absurd_operator, absurd_reader;
    grant execute on function sky.list_sources(int), sky.light_curve(int) to absurd_operator, absurd_reader;
  end if;
end;
$$;
