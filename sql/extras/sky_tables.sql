-- A catalogue of sources, fed by the sink "sky" with the results of stage catalog: {observation, image, observed_at,
-- frame, rows: [{ra_deg, dec_deg, flux_jy, flux_error_jy, snr, position_error_arcsec}]}. An observation counts once:
-- what is found in it later, by whichever task, replaces what was found before.

create schema if not exists sky;

create table if not exists sky.sources (
  source_id int generated always as identity,
  ra_deg double precision not null,
  dec_deg double precision not null,
  position_error_arcsec double precision not null,
  flux_jy double precision not null,
  flux_error_jy double precision not null,
  detection_count int not null default 1,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  constraint sources_pkey primary key (source_id),
  constraint position_on_the_sphere check (ra_deg >= 0 and ra_deg < 360 and dec_deg between -90 and 90)
);

create table if not exists sky.detections (
  task_id uuid not null,
  row_number int not null,
  attempt int not null,
  source_id int not null,
  observation text not null,
  image text,
  observed_at timestamptz not null,
  ra_deg double precision not null,
  dec_deg double precision not null,
  position_error_arcsec double precision not null,
  flux_jy double precision not null,
  flux_error_jy double precision not null,
  snr double precision,
  constraint detections_pkey primary key (task_id, row_number),
  constraint source_exists foreign key (source_id) references sky.sources (source_id)
);

-- Catalogues of before that name no observation: each task made one.
alter table sky.detections add column if not exists observation text;
update sky.detections set observation = task_id::text where observation is null;
alter table sky.detections alter column observation set not null;

-- take_detections: what was found in an observation before.
create index if not exists detections_by_observation on sky.detections (observation);
-- _nearest_source: a strip of declination around a detection.
create index if not exists sources_by_declination on sky.sources (dec_deg);
-- The detections of a source.
create index if not exists detections_by_source on sky.detections (source_id, observed_at);

comment on schema sky is 'Catalogue of sources found by the reference pipeline.';
comment on table sky.sources is 'One row per source of the sky: weighted means over its detections.';
comment on table sky.detections is 'One row per source found in one observation.';
