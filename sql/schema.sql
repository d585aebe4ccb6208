-- The schema as an installation with roles and all extras leaves it. Made by `deno task schema` from the catalog of a
-- server, for reviews and for reading; never run, and never edited.

create type absurd._alike (
  queue_name text,
  task_name text,
  priority integer,
  attempt integer,
  workflow_id uuid,
  failures integer,
  max_retries integer,
  timeout_sec double precision,
  stands_alone boolean,
  task_ids uuid[],
  params json,
  step_names json,
  inputs json,
  reservation_id bigint
);

create type absurd._attempt_end (
  item integer,
  task_id uuid,
  attempt integer,
  result jsonb,
  report jsonb,
  reason text,
  message text,
  permanent boolean,
  not_now boolean,
  verdict text
);

create type absurd._graph (
  task_ids uuid[],
  names text[],
  params jsonb[],
  depends_on jsonb[],
  shape_of integer[],
  shapes jsonb[],
  specs absurd._task_spec[],
  depths integer[],
  open_parents integer[],
  children integer[],
  parents integer[],
  policies text[],
  outer_children integer[],
  outer_parent_ids uuid[],
  outer_policies text[]
);

create type absurd._picked (
  task_ids uuid[],
  attempts integer[],
  queue_names text[],
  task_names text[],
  workflow_ids uuid[],
  depths integer[]
);

create type absurd._room (
  queue_name text,
  task_name text,
  room integer
);

create type absurd._task_spec (
  item integer,
  task_id uuid,
  queue_name text,
  task_name text,
  params jsonb,
  priority integer,
  run_at timestamp with time zone,
  depends_on uuid[],
  policies text[],
  key text,
  key_window_sec double precision,
  settings jsonb,
  dlq_enabled boolean,
  workflow_id uuid,
  step_name text,
  depth integer,
  open_parents integer,
  created boolean,
  params_differ boolean,
  outcome text,
  message text
);

create table absurd.attempts (
  task_id uuid not null,
  attempt integer not null,
  worker_id text not null,
  claimed_at timestamp with time zone not null,
  finished_at timestamp with time zone not null,
  outcome text not null,
  reason text,
  message text,
  exit_code integer,
  signal text,
  duration_ms double precision,
  peak_memory_bytes bigint,
  flags jsonb,
  log_tail text,
  work_dir text,
  cpu_ms double precision,
  constraint attempts_pkey PRIMARY KEY (task_id, attempt),
  constraint outcome_is_known CHECK ((outcome = ANY (ARRAY['completed'::text, 'failed'::text, 'released'::text, 'cancelled'::text, 'lost'::text])))
)
with (autovacuum_vacuum_scale_factor=0.05);

create table absurd.chores (
  chore text not null,
  done_at timestamp with time zone not null,
  constraint chores_pkey PRIMARY KEY (chore)
)
with (fillfactor=50, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=200);

create table absurd.claim_hints (
  queue_name text not null,
  task_name text not null,
  priorities integer[] not null,
  task_ids uuid[] not null,
  looked_at timestamp with time zone not null,
  dead_entries bigint not null,
  constraint claim_hints_pkey PRIMARY KEY (queue_name, task_name)
)
with (fillfactor=25);

create table absurd.dead_letters (
  task_id uuid not null,
  attempt integer not null,
  queue_name text not null,
  task_name text not null,
  error text,
  error_reason text not null,
  failures integer not null,
  failed_at timestamp with time zone not null,
  replayed_at timestamp with time zone,
  constraint dead_letters_pkey PRIMARY KEY (task_id, attempt)
);

create table absurd.dependencies (
  task_id uuid not null /* n_distinct=-0.5 */,
  parent_id uuid not null /* n_distinct=-0.5 */,
  on_parent_failure text not null default 'cancel'::text,
  satisfied boolean not null default false,
  constraint dependencies_pkey PRIMARY KEY (task_id, parent_id),
  constraint policy_is_known CHECK ((on_parent_failure = ANY (ARRAY['cancel'::text, 'wait'::text, 'ignore'::text]))),
  constraint task_is_not_its_own_parent CHECK ((task_id <> parent_id))
)
with (autovacuum_vacuum_scale_factor=0.05);

create table absurd.dying_claims (
  task_id uuid not null,
  attempt integer not null,
  queue_name text not null,
  task_name text not null,
  worker_id text not null,
  lease_sec double precision not null,
  lease_ends_at timestamp with time zone not null,
  constraint dying_claims_pkey PRIMARY KEY (task_id, attempt)
)
with (fillfactor=50, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=200);

create table absurd.event_batches (
  event_id bigint not null generated always as identity,
  created_at timestamp with time zone not null,
  kind text not null,
  queue_name text not null,
  task_id uuid,
  task_name text,
  workflow_id uuid,
  attempt integer,
  status text not null,
  detail jsonb,
  task_ids uuid[],
  attempts integer[],
  size integer not null default 1,
  constraint event_batches_pkey PRIMARY KEY (event_id)
)
with (autovacuum_vacuum_scale_factor=0.05);

create table absurd.event_log (
  one_row boolean not null default true,
  last_position bigint not null default 0,
  last_event_id bigint not null default 0,
  newest_at timestamp with time zone not null default '-infinity'::timestamp with time zone,
  missing int8multirange not null default '{}'::int8multirange,
  settling int8multirange not null default '{}'::int8multirange,
  settled_at_xid xid8 not null default '0'::xid8,
  followed_until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  constraint event_log_pkey PRIMARY KEY (one_row),
  constraint only_one_row CHECK (one_row)
)
with (fillfactor=50, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=200);

create table absurd.event_pages (
  first_position bigint not null,
  event_ids bigint[] not null,
  newest_at timestamp with time zone not null,
  sizes integer[],
  constraint each_row_has_a_size CHECK ((cardinality(sizes) = cardinality(event_ids))),
  constraint event_pages_pkey PRIMARY KEY (first_position),
  constraint pages_are_not_empty CHECK ((cardinality(event_ids) > 0))
)
with (autovacuum_vacuum_scale_factor=0.05);

create table absurd.freeing (
  parent_id uuid not null,
  first_id uuid not null,
  last_id uuid not null,
  constraint freeing_pkey PRIMARY KEY (parent_id, first_id)
)
with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=200);

create table absurd.idempotency_keys (
  queue_name text not null,
  kind text not null,
  key text not null,
  holder_id uuid not null,
  fingerprint text not null,
  window_sec double precision not null,
  free_at timestamp with time zone,
  constraint idempotency_keys_pkey PRIMARY KEY (queue_name, kind, key),
  constraint kind_is_known CHECK ((kind = ANY (ARRAY['task'::text, 'workflow'::text]))),
  constraint window_not_negative CHECK ((window_sec >= (0)::double precision))
);

create table absurd.installed_objects (
  object text not null,
  fingerprint text not null,
  constraint installed_objects_pkey PRIMARY KEY (object)
);

create table absurd.limits (
  queue_name text not null default ''::text,
  task_name text not null default ''::text,
  max_claims integer not null,
  created_at timestamp with time zone not null,
  constraint limits_pkey PRIMARY KEY (queue_name, task_name),
  constraint max_claims_not_negative CHECK ((max_claims >= 0))
);

create table absurd.migrations (
  version integer not null,
  name text not null,
  applied_at timestamp with time zone not null default now(),
  constraint migrations_pkey PRIMARY KEY (version)
);

create table absurd.queues (
  queue_name text not null,
  created_at timestamp with time zone not null,
  paused_at timestamp with time zone,
  keeps_events boolean not null default true,
  awaited_until timestamp with time zone not null default 'infinity'::timestamp with time zone,
  constraint queues_pkey PRIMARY KEY (queue_name)
);

create table absurd.reservations (
  reservation_id bigint not null generated always as identity,
  worker_id text not null,
  queue_name text not null,
  task_ids uuid[] not null,
  open integer not null,
  top_priority integer not null,
  low_priority integer not null,
  last_id uuid not null,
  is_moved boolean not null default false,
  looked_at timestamp with time zone not null,
  dead_entries bigint not null,
  reserved_at timestamp with time zone not null,
  lease_sec double precision not null,
  heartbeat_sec double precision not null,
  max_retries integer not null,
  timeout_sec double precision not null,
  backoff_base_sec double precision not null,
  backoff_cap_sec double precision not null,
  parent_id uuid,
  constraint open_tasks_are_named CHECK (((open >= 1) AND (open <= cardinality(task_ids)))),
  constraint reservations_pkey PRIMARY KEY (reservation_id)
)
with (fillfactor=50, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=1000);

create table absurd.retention (
  older_than_sec double precision not null,
  used_at timestamp with time zone not null,
  task_finished_at timestamp with time zone not null default '-infinity'::timestamp with time zone,
  task_id uuid not null default '00000000-0000-0000-0000-000000000000'::uuid,
  workflow_id uuid not null default '00000000-0000-0000-0000-000000000000'::uuid,
  key_free_at timestamp with time zone not null default '-infinity'::timestamp with time zone,
  key_holder_id uuid not null default '00000000-0000-0000-0000-000000000000'::uuid,
  run_id uuid not null default '00000000-0000-0000-0000-000000000000'::uuid,
  constraint retention_pkey PRIMARY KEY (older_than_sec)
)
with (fillfactor=50, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=200);

create table absurd.schedule_runs (
  run_id uuid not null,
  schedule_name text not null,
  due_at timestamp with time zone,
  fired_at timestamp with time zone not null,
  outcome text not null,
  reason text,
  missed_count integer not null default 0,
  first_missed_at timestamp with time zone,
  task_id uuid,
  workflow_id uuid,
  scheduler_id text,
  constraint due_time_has_one_run UNIQUE (schedule_name, due_at),
  constraint missed_has_a_first CHECK (((missed_count >= 0) AND ((missed_count > 0) = (first_missed_at IS NOT NULL)))),
  constraint others_have_a_reason CHECK (((outcome = 'spawned'::text) OR (reason IS NOT NULL))),
  constraint outcome_is_known CHECK ((outcome = ANY (ARRAY['spawned'::text, 'skipped'::text, 'failed'::text]))),
  constraint schedule_exists FOREIGN KEY (schedule_name) REFERENCES absurd.scheduled_tasks(name) ON DELETE CASCADE,
  constraint schedule_runs_pkey PRIMARY KEY (run_id),
  constraint spawned_names_its_work CHECK (((outcome = 'spawned'::text) = (num_nonnulls(task_id, workflow_id) = 1)))
);

create table absurd.scheduled_tasks (
  name text not null,
  description text,
  cron_expression text not null,
  timezone text not null,
  starts_at timestamp with time zone,
  ends_at timestamp with time zone,
  jitter_sec double precision not null default 0,
  missed text not null default 'once'::text,
  missed_limit integer not null default 100,
  grace_sec double precision not null default 60,
  overlap text not null default 'allow'::text,
  queue_name text not null,
  task_name text,
  chain jsonb,
  params jsonb not null default '{}'::jsonb,
  options jsonb not null default '{}'::jsonb,
  synced boolean not null default false,
  state text not null,
  error text,
  revision integer not null default 1,
  next_due_at timestamp with time zone,
  next_run_at timestamp with time zone,
  last_due_at timestamp with time zone,
  last_run_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint active_has_a_due_time CHECK ((((state = 'active'::text) = (next_due_at IS NOT NULL)) AND ((next_due_at IS NULL) = (next_run_at IS NULL)))),
  constraint durations_are_sane CHECK ((((jitter_sec >= (0)::double precision) AND (jitter_sec <= (86400)::double precision)) AND ((grace_sec >= (0)::double precision) AND (grace_sec <= (31622400)::double precision)))),
  constraint ends_after_start CHECK ((ends_at > starts_at)),
  constraint error_only_when_paused CHECK (((error IS NULL) OR (state = 'paused'::text))),
  constraint missed_limit_is_sane CHECK (((missed_limit >= 1) AND (missed_limit <= 1000))),
  constraint missed_policy_is_known CHECK ((missed = ANY (ARRAY['skip'::text, 'once'::text, 'all'::text]))),
  constraint overlap_policy_is_known CHECK ((overlap = ANY (ARRAY['allow'::text, 'skip'::text]))),
  constraint scheduled_tasks_pkey PRIMARY KEY (name),
  constraint state_is_known CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text, 'ended'::text]))),
  constraint task_or_chain CHECK ((num_nonnulls(task_name, chain) = 1))
);

create table absurd.schedulers (
  scheduler_id text not null,
  hostname text,
  pid integer,
  version text,
  lease_sec double precision not null default 120,
  started_at timestamp with time zone not null,
  heartbeat_at timestamp with time zone not null,
  constraint lease_is_sane CHECK ((lease_sec > (0)::double precision)),
  constraint schedulers_pkey PRIMARY KEY (scheduler_id)
);

create table absurd.sinks (
  sink_name text not null,
  function_name text not null,
  created_at timestamp with time zone not null,
  constraint sinks_pkey PRIMARY KEY (sink_name)
);

create table absurd.task_counts (
  queue_name text not null,
  task_name text not null,
  state text not null,
  change integer not null
)
with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000);

create table absurd.task_logs (
  task_id uuid not null,
  attempt integer not null,
  chunk integer not null,
  created_at timestamp with time zone not null,
  text text not null,
  constraint chunk_is_bounded CHECK ((length(text) <= 65536)),
  constraint chunks_are_counted CHECK ((chunk >= 0)),
  constraint task_logs_pkey PRIMARY KEY (task_id, attempt, chunk)
);

create table absurd.tasks (
  task_id uuid not null,
  queue_name text not null,
  task_name text not null,
  params jsonb not null default '{}'::jsonb,
  priority integer not null default 0,
  state text not null,
  status text not null default 'pending'::text,
  run_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  depth integer not null default 0,
  open_parents integer not null default 0,
  workflow_id uuid,
  step_name text,
  key text,
  settings jsonb,
  dlq_enabled boolean not null default true,
  attempt integer not null default 0,
  failures integer not null default 0,
  not_now_count integer not null default 0,
  max_retries integer not null,
  timeout_sec double precision not null,
  backoff_base_sec double precision not null,
  backoff_cap_sec double precision not null,
  lease_sec double precision not null default 120,
  heartbeat_sec double precision not null default 30,
  on_complete text,
  worker_id text,
  claimed_at timestamp with time zone,
  heartbeat_at timestamp with time zone,
  suspected_at timestamp with time zone,
  progress_fraction double precision,
  progress_message text,
  progress_at timestamp with time zone,
  finished_at timestamp with time zone,
  result jsonb,
  error text,
  error_reason text,
  cancel_reason text,
  cause_task_id uuid,
  report jsonb,
  claimed_ahead boolean,
  constraint tasks_pkey PRIMARY KEY (task_id)
)
with (fillfactor=85, autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=2000, autovacuum_analyze_scale_factor=0.02, autovacuum_analyze_threshold=2000);

create table absurd.workers (
  worker_id text not null,
  hostname text,
  pid integer,
  version text,
  queue_names text[] not null,
  task_names text[],
  concurrency integer,
  lease_sec double precision not null default 120,
  started_at timestamp with time zone not null,
  heartbeat_at timestamp with time zone not null,
  constraint lease_is_sane CHECK ((lease_sec > (0)::double precision)),
  constraint workers_pkey PRIMARY KEY (worker_id)
)
with (fillfactor=50, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=200);

create table absurd.workflows (
  workflow_id uuid not null,
  name text not null,
  queue_name text not null,
  params jsonb not null default '{}'::jsonb,
  key text,
  status text not null default 'running'::text,
  created_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  cancelled_at timestamp with time zone,
  cancel_reason text,
  first_step_id uuid,
  last_step_id uuid,
  constraint cancelled_by_a_user CHECK (((status <> 'cancelled'::text) OR (cancelled_at IS NOT NULL))),
  constraint finished_at_when_over CHECK (((status <> 'running'::text) = (finished_at IS NOT NULL))),
  constraint status_is_known CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text]))),
  constraint workflows_pkey PRIMARY KEY (workflow_id)
);

create table sky.detections (
  task_id uuid not null,
  row_number integer not null,
  attempt integer not null,
  source_id integer not null,
  observation text not null,
  image text,
  observed_at timestamp with time zone not null,
  ra_deg double precision not null,
  dec_deg double precision not null,
  position_error_arcsec double precision not null,
  flux_jy double precision not null,
  flux_error_jy double precision not null,
  snr double precision,
  constraint detections_pkey PRIMARY KEY (task_id, row_number),
  constraint source_exists FOREIGN KEY (source_id) REFERENCES sky.sources(source_id)
);

create table sky.sources (
  source_id integer not null generated always as identity,
  ra_deg double precision not null,
  dec_deg double precision not null,
  position_error_arcsec double precision not null,
  flux_jy double precision not null,
  flux_error_jy double precision not null,
  detection_count integer not null default 1,
  first_seen_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  constraint position_on_the_sphere CHECK (((ra_deg >= (0)::double precision) AND (ra_deg < (360)::double precision) AND ((dec_deg >= ('-90'::integer)::double precision) AND (dec_deg <= (90)::double precision)))),
  constraint sources_pkey PRIMARY KEY (source_id)
);


CREATE INDEX attempts_failed ON absurd.attempts USING btree (finished_at) WHERE (outcome = ANY (ARRAY['failed'::text, 'lost'::text]));
CREATE INDEX dead_letters_waiting ON absurd.dead_letters USING btree (queue_name, failed_at) WHERE (replayed_at IS NULL);
CREATE INDEX dependencies_by_parent ON absurd.dependencies USING btree (parent_id, task_id);
CREATE INDEX event_pages_by_time ON absurd.event_pages USING btree (newest_at, first_position);
CREATE INDEX idempotency_keys_by_holder ON absurd.idempotency_keys USING btree (holder_id);
CREATE INDEX idempotency_keys_free ON absurd.idempotency_keys USING btree (free_at) WHERE (free_at IS NOT NULL);
CREATE INDEX schedule_runs_by_schedule ON absurd.schedule_runs USING btree (schedule_name, run_id DESC);
CREATE INDEX scheduled_tasks_next ON absurd.scheduled_tasks USING btree (next_run_at) WHERE (state = 'active'::text);
CREATE INDEX tasks_bad ON absurd.tasks USING btree (task_id) WHERE (state = ANY (ARRAY['failed'::text, 'cancelled'::text]));
CREATE INDEX tasks_cancelled_by_cause ON absurd.tasks USING btree (cause_task_id) WHERE (cause_task_id IS NOT NULL);
CREATE INDEX tasks_claimed ON absurd.tasks USING btree (claimed_at) WHERE (status = 'claimed'::text);
CREATE INDEX tasks_finished ON absurd.tasks USING btree (finished_at) WHERE (finished_at IS NOT NULL);
CREATE INDEX tasks_ready ON absurd.tasks USING btree (queue_name, priority DESC, task_id) WHERE (state = 'ready'::text);
CREATE INDEX tasks_ready_by_name ON absurd.tasks USING btree (queue_name, task_name, priority DESC, task_id) WHERE (state = 'ready'::text);
CREATE INDEX tasks_scheduled ON absurd.tasks USING btree (queue_name, run_at) WHERE (state = 'scheduled'::text);
CREATE INDEX detections_by_observation ON sky.detections USING btree (observation);
CREATE INDEX detections_by_source ON sky.detections USING btree (source_id, observed_at);
CREATE INDEX sources_by_declination ON sky.sources USING btree (dec_deg);

CREATE TRIGGER tasks_deleted_are_counted AFTER DELETE ON absurd.tasks REFERENCING OLD TABLE AS old_tasks FOR EACH STATEMENT EXECUTE FUNCTION absurd._count_tasks();

create function absurd.acknowledge_tasks(p_outcomes json)
  returns TABLE(task_id uuid, attempt integer, outcome text, message text) language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.append_logs(p_items json)
  returns TABLE(task_id uuid, attempt integer, verdict text) language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.cancel_task(p_task_id uuid, p_reason text DEFAULT NULL::text)
  returns text language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.cancel_tasks(p_task_ids uuid[], p_reason text DEFAULT NULL::text)
  returns TABLE(task_id uuid, outcome text, state text, message text) language plpgsql volatile security definer set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.cancel_workflow(p_workflow_id uuid, p_reason text DEFAULT NULL::text)
  returns integer language plpgsql volatile security definer set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.claim_alike(p_worker_id text, p_queue_names text[], p_limit integer, p_task_names text[] DEFAULT NULL::text[], p_settings jsonb DEFAULT '{}'::jsonb, p_may_reserve boolean DEFAULT false)
  returns SETOF absurd._alike language plpgsql volatile security definer set enable_sort=off set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.claim_reserved(p_reservation_id bigint, p_task_ids uuid[])
  returns TABLE(task_id uuid, attempt integer) language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.claim_task(p_worker_id text, p_queue_name text, p_settings jsonb DEFAULT '{}'::jsonb)
  returns TABLE(task_id uuid, queue_name text, task_name text, attempt integer, params jsonb, inputs jsonb, workflow_id uuid, step_name text, priority integer, failures integer, max_retries integer, timeout_sec double precision, claimed_at timestamp with time zone) language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.claim_tasks(p_worker_id text, p_queue_names text[], p_limit integer, p_task_names text[] DEFAULT NULL::text[], p_settings jsonb DEFAULT '{}'::jsonb)
  returns TABLE(task_id uuid, queue_name text, task_name text, attempt integer, params jsonb, inputs jsonb, workflow_id uuid, step_name text, priority integer, failures integer, max_retries integer, timeout_sec double precision, claimed_at timestamp with time zone, stands_alone boolean) language plpgsql volatile security definer set enable_bitmapscan=off set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.clock()
  returns timestamp with time zone language plpgsql volatile security definer set search_path=pg_catalog, pg_temp;
create function absurd.complete_claims(p_task_ids uuid[], p_attempts integer[], p_results jsonb[], p_reports jsonb[], p_stand_alone boolean DEFAULT NULL::boolean)
  returns TABLE(task_id uuid, attempt integer, outcome text, message text) language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.complete_reserved(p_reservation_id bigint, p_task_ids uuid[], p_attempts integer[], p_results jsonb[], p_reports jsonb[])
  returns TABLE(task_id uuid, attempt integer, outcome text, message text) language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.complete_task(p_task_id uuid, p_attempt integer, p_result jsonb DEFAULT NULL::jsonb, p_report jsonb DEFAULT '{}'::jsonb)
  returns void language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.complete_tasks(p_outcomes json)
  returns TABLE(task_id uuid, attempt integer, outcome text, message text) language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.count_reserved(p_queue_name text)
  returns integer language plpgsql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.deregister_scheduler(p_scheduler_id text)
  returns void language sql volatile security definer set search_path=pg_catalog, pg_temp;
create function absurd.deregister_worker(p_worker_id text)
  returns void language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.diagnose()
  returns jsonb language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.discard_bench_tasks(p_queue_name text, p_limit integer DEFAULT 1000)
  returns integer language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.due_schedules(p_limit integer DEFAULT 100)
  returns jsonb language sql volatile security definer set search_path=pg_catalog, pg_temp;
create function absurd.event_cursor(p_since timestamp with time zone DEFAULT NULL::timestamp with time zone)
  returns bigint language sql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.explain_task(p_task_id uuid)
  returns jsonb language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.fail_schedule(p_name text, p_revision integer, p_error text, p_scheduler_id text DEFAULT NULL::text)
  returns jsonb language plpgsql volatile security definer set search_path=pg_catalog, pg_temp;
create function absurd.fail_task(p_task_id uuid, p_attempt integer, p_message text, p_reason text DEFAULT 'error'::text, p_permanent boolean DEFAULT false, p_not_now boolean DEFAULT false, p_report jsonb DEFAULT '{}'::jsonb)
  returns text language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.fail_tasks(p_outcomes json)
  returns TABLE(task_id uuid, attempt integer, outcome text, message text, status text, retry_at timestamp with time zone) language plpgsql volatile security definer set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.find_tasks(p_prefix text)
  returns SETOF uuid language sql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.find_workflows(p_prefix text)
  returns SETOF uuid language sql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.fire_schedule(p_name text, p_revision integer, p_expected_due_at timestamp with time zone, p_due_at timestamp with time zone, p_next_due_at timestamp with time zone, p_options jsonb DEFAULT '{}'::jsonb)
  returns jsonb language plpgsql volatile security definer set search_path=pg_catalog, pg_temp;
create function absurd.follow_events()
  returns void language plpgsql volatile security definer set search_path=pg_catalog, pg_temp;
create function absurd.forget_reservations(p_worker_id text, p_known bigint[])
  returns void language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.get_dead_letter(p_task_id uuid)
  returns jsonb language sql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.get_prunable(p_older_than_sec double precision)
  returns TABLE(tasks integer, workflows integer, events integer, keys integer, workers integer) language plpgsql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.get_queue_stats(p_queue_name text DEFAULT NULL::text)
  returns TABLE(queue_name text, pending integer, claimed integer, completed integer, failed integer, cancelled integer, ready integer, scheduled integer, blocked integer, held integer, paused boolean, oldest_ready_at timestamp with time zone, dead_letters integer) language sql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.get_schedule(p_name text)
  returns jsonb language sql stable security definer set search_path=pg_catalog, pg_temp;
create function absurd.get_status(p_queue_name text DEFAULT NULL::text)
  returns jsonb language plpgsql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.get_task(p_task_id uuid)
  returns jsonb language sql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.get_usage()
  returns TABLE(wal_bytes numeric, buffers bigint) language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.get_workflow(p_workflow_id uuid)
  returns jsonb language sql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.handshake(p_client_version integer)
  returns integer language plpgsql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.heartbeat_task(p_task_id uuid, p_attempt integer)
  returns void language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.heartbeat_worker(p_worker_id text, p_claims jsonb, p_info jsonb DEFAULT NULL::jsonb)
  returns TABLE(task_id uuid, attempt integer, verdict text) language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.list_dead_letter_ids(p_filter jsonb DEFAULT '{}'::jsonb)
  returns SETOF uuid language plpgsql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.list_dead_letters(p_filter jsonb DEFAULT '{}'::jsonb, p_limit integer DEFAULT 100)
  returns SETOF jsonb language plpgsql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.list_limits()
  returns TABLE(queue_name text, task_name text, max_claims integer, claims integer, dying integer) language sql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.list_schedule_runs(p_name text, p_limit integer DEFAULT 50)
  returns SETOF jsonb language plpgsql stable security definer set search_path=pg_catalog, pg_temp;
create function absurd.list_schedulers()
  returns SETOF jsonb language sql stable security definer set search_path=pg_catalog, pg_temp;
create function absurd.list_schedules()
  returns SETOF jsonb language sql stable security definer set search_path=pg_catalog, pg_temp;
create function absurd.list_task_ids(p_filter jsonb DEFAULT '{}'::jsonb, p_limit integer DEFAULT 50)
  returns SETOF uuid language plpgsql stable security definer set jit=off set plan_cache_mode=force_custom_plan set search_path=pg_catalog, pg_temp;
create function absurd.list_tasks(p_filter jsonb DEFAULT '{}'::jsonb, p_limit integer DEFAULT 50)
  returns SETOF jsonb language sql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.list_workers()
  returns SETOF jsonb language sql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.list_workflows(p_filter jsonb DEFAULT '{}'::jsonb, p_limit integer DEFAULT 50)
  returns SETOF jsonb language plpgsql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.pause_queue(p_queue_name text)
  returns void language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.pause_schedule(p_name text)
  returns jsonb language plpgsql volatile security definer set search_path=pg_catalog, pg_temp;
create function absurd.prioritize_tasks(p_task_ids uuid[], p_priority integer)
  returns TABLE(task_id uuid, outcome text, state text, message text) language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.prune(p_older_than_sec double precision, p_limit integer DEFAULT 1000)
  returns TABLE(tasks integer, workflows integer, events integer, keys integer, workers integer, ended text[]) language plpgsql volatile security definer set enable_seqscan=off set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.purge_dead_letters(p_filter jsonb)
  returns SETOF uuid language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.read_events(p_cursor bigint DEFAULT NULL::bigint, p_filter jsonb DEFAULT '{}'::jsonb, p_limit integer DEFAULT 1000)
  returns TABLE(cursor bigint, last_cursor bigint, events jsonb) language plpgsql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.read_logs(p_task_id uuid, p_after_attempt integer DEFAULT 0, p_after_chunk integer DEFAULT 0, p_limit integer DEFAULT 100)
  returns TABLE(attempt integer, chunk integer, created_at timestamp with time zone, text text) language plpgsql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.recover_claims(p_limit integer DEFAULT 100, p_every_sec double precision DEFAULT NULL::double precision)
  returns TABLE(task_id uuid, attempt integer, worker_id text, status text) language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.register_scheduler(p_scheduler_id text, p_info jsonb DEFAULT '{}'::jsonb)
  returns void language plpgsql volatile security definer set search_path=pg_catalog, pg_temp;
create function absurd.register_sink(p_sink_name text, p_function regprocedure)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd.register_worker(p_worker_id text, p_info jsonb DEFAULT '{}'::jsonb)
  returns void language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.release_claims(p_task_ids uuid[])
  returns TABLE(task_id uuid, outcome text, state text, message text) language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.release_reserved(p_reservation_id bigint, p_task_ids uuid[])
  returns void language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.release_tasks(p_outcomes json)
  returns TABLE(task_id uuid, attempt integer, outcome text, message text) language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.remove_schedule(p_name text)
  returns void language plpgsql volatile security definer set search_path=pg_catalog, pg_temp;
create function absurd.replay_dead_letters(p_filter jsonb)
  returns SETOF uuid language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.report_progress(p_items json)
  returns TABLE(task_id uuid, attempt integer, verdict text) language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.resume_queue(p_queue_name text)
  returns void language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.resume_schedule(p_name text, p_revision integer, p_next_due_at timestamp with time zone)
  returns jsonb language plpgsql volatile security definer set search_path=pg_catalog, pg_temp;
create function absurd.retry_task(p_task_id uuid)
  returns text language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.retry_tasks(p_task_ids uuid[])
  returns TABLE(task_id uuid, outcome text, state text, message text) language plpgsql volatile security definer set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.save_schedule(p_schedule jsonb, p_next_due_at timestamp with time zone, p_replace boolean DEFAULT false)
  returns jsonb language plpgsql volatile security definer set search_path=pg_catalog, pg_temp;
create function absurd.schema_version()
  returns integer language sql stable security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.set_limit(p_max_claims integer, p_queue_name text DEFAULT NULL::text, p_task_name text DEFAULT NULL::text)
  returns void language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.set_priority(p_task_id uuid, p_priority integer)
  returns integer language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.set_queue_events(p_queue_name text, p_keep boolean)
  returns void language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.spawn_alike(p_task jsonb, p_params json)
  returns TABLE(task_ids uuid[], offered boolean) language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.spawn_steps(p_workflow jsonb, p_names text[], p_params json, p_shape_of integer[], p_children integer[], p_parents integer[])
  returns TABLE(workflow_id uuid, task_ids uuid[], not_offered text[]) language plpgsql volatile security definer set enable_mergejoin=off set enable_nestloop=off set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.spawn_task(p_queue_name text, p_task_name text, p_params jsonb DEFAULT '{}'::jsonb, p_options jsonb DEFAULT '{}'::jsonb)
  returns TABLE(task_id uuid, created boolean, params_differ boolean, offered boolean) language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.spawn_tasks(p_tasks json)
  returns TABLE(index integer, task_id uuid, created boolean, params_differ boolean, offered boolean, outcome text, message text) language plpgsql volatile security definer set jit=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd.spawn_workflow(p_workflow jsonb)
  returns TABLE(workflow_id uuid, created boolean, params_differ boolean, step_name text, task_id uuid, task_name text, offered boolean) language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.stamp_events()
  returns boolean language plpgsql volatile security definer set jit=off set search_path=pg_catalog, pg_temp;
create function absurd.trigger_schedule(p_name text)
  returns jsonb language plpgsql volatile security definer set search_path=pg_catalog, pg_temp;
create function absurd.unblock_tasks(p_task_ids uuid[])
  returns TABLE(task_id uuid, outcome text, state text, message text) language plpgsql volatile security definer set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set jit=off set search_path=pg_catalog, pg_temp;
create function absurd._add_run(p_schedule absurd.scheduled_tasks, p_due_at timestamp with time zone, p_outcome text, p_reason text, p_options jsonb, p_task_id uuid, p_workflow_id uuid, p_now timestamp with time zone)
  returns jsonb language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._adopt(p_schema_name text)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._are_claim_times(p_settings jsonb)
  returns boolean language sql immutable;
create function absurd._are_settings(p_settings jsonb)
  returns boolean language sql immutable;
create function absurd._are_short_options(p_options jsonb)
  returns boolean language sql immutable;
create function absurd._arrays_of(p_outcomes json, OUT task_ids uuid[], OUT attempts integer[], OUT results jsonb[], OUT reports jsonb[])
  returns record language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._attempt_documents(p_task_id uuid)
  returns jsonb language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._attempts_of(p_task_id uuid)
  returns SETOF absurd.attempts language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._await(p_queue_names text[], p_wait interval, p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._backlog()
  returns integer language sql immutable;
create function absurd._backoff_sec(p_failures integer, p_base_sec double precision, p_cap_sec double precision)
  returns double precision language sql volatile;
create function absurd._bad_ancestors(p_task_id uuid)
  returns absurd.tasks[] language plpgsql stable set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._bad_edges(p_task_ids uuid[])
  returns TABLE(task_id uuid, parent_id uuid) language sql stable set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._batch_id()
  returns text language sql volatile;
create function absurd._blame_other_parents(p_task_ids uuid[])
  returns void language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._bulk_answer(p_task_ids uuid[], p_done uuid[])
  returns TABLE(task_id uuid, outcome text, state text, message text) language plpgsql stable set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._can_be_kept(p_results jsonb[], p_reports jsonb[])
  returns boolean language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._can_be_reserved(p_task absurd.tasks)
  returns boolean language sql immutable;
create function absurd._cancel(p_task_ids uuid[], p_reason text, p_now timestamp with time zone)
  returns void language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._cascade(p_roots uuid[], p_now timestamp with time zone)
  returns uuid[] language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._changed_at(p_state text, p_created_at timestamp with time zone, p_claimed_at timestamp with time zone, p_finished_at timestamp with time zone)
  returns timestamp with time zone language sql immutable;
create function absurd._check_claim(p_worker_id text, p_queue_names text[], p_limit integer, p_settings jsonb)
  returns void language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._check_keys(p_object jsonb, p_allowed text[], p_what text)
  returns void language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._check_numbered(p_workflow jsonb, p_graph absurd._graph)
  returns void language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._check_step_names(p_workflow_name text, p_names text[])
  returns void language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._check_workflow(p_workflow jsonb)
  returns void language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._child_documents(p_task_id uuid)
  returns jsonb language sql stable set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._children_of(p_parent_ids uuid[], p_limit integer)
  returns TABLE(child_ids uuid[], edges integer[], count bigint) language sql stable;
create function absurd._claim_keys()
  returns text[] language sql immutable;
create function absurd._claim_lanes(p_queue_names text[], p_limit integer, p_at_once integer, p_task_names text[], p_now timestamp with time zone, OUT queue_names text[], OUT task_names text[], OUT shares integer[])
  returns record language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._claim_lost_reservations(p_limit integer, p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._claim_problem(p_worker_id text, p_queue_names text[], p_limit integer, p_settings jsonb)
  returns text language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._claim_reserved(p_reservation absurd.reservations, p_task_ids uuid[], p_is_lost boolean, p_now timestamp with time zone)
  returns absurd._picked language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._claims_under(p_limit_queue text, p_limit_task text, p_max_claims integer, p_now timestamp with time zone)
  returns integer language plpgsql volatile set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._common_depth(p_task_ids uuid[])
  returns integer language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._complete(p_task_ids uuid[], p_attempts integer[], p_results jsonb[], p_reports jsonb[], p_depth integer, p_now timestamp with time zone)
  returns uuid[] language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._complete_ends(p_ends absurd._attempt_end[], p_now timestamp with time zone)
  returns TABLE(task_id uuid, attempt integer, outcome text, message text) language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._complete_reserved(p_reservation absurd.reservations, p_task_ids uuid[], p_attempts integer[], p_results jsonb[], p_reports jsonb[], p_now timestamp with time zone)
  returns uuid[] language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._correct_ends(p_now timestamp with time zone, p_limit integer)
  returns void language sql volatile set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._correct_keys(p_now timestamp with time zone, p_limit integer)
  returns void language sql volatile set enable_bitmapscan=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._correct_log(p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._correct_workflows(p_workflow_ids uuid[], p_now timestamp with time zone)
  returns void language sql volatile set search_path=pg_catalog, pg_temp;
create function absurd._count_not_reserved(p_queue_names text[])
  returns bigint language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._count_prunable_events(p_before timestamp with time zone)
  returns integer language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._count_ready_reserved(p_queue_names text[])
  returns bigint language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._count_states(p_task_ids uuid[], p_change integer)
  returns void language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._count_tasks()
  returns trigger language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._dead_letter_document(p_task_id uuid, p_attempt integer, p_with_attempts boolean)
  returns jsonb language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._dead_letters(p_filter jsonb)
  returns SETOF absurd.dead_letters language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._default_settings()
  returns jsonb language sql immutable;
create function absurd._depths(p_base integer[], p_children integer[], p_parents integer[])
  returns integer[] language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._depths_in_any_order(p_base integer[], p_children integer[], p_parents integer[])
  returns integer[] language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._descendants(p_task_ids uuid[])
  returns uuid[] language plpgsql stable set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._due_text(p_due_at timestamp with time zone)
  returns text language sql immutable set search_path=pg_catalog, pg_temp;
create function absurd._edges_between(p_parent_id uuid, p_first_id uuid, p_last_id uuid)
  returns SETOF absurd.dependencies language sql stable;
create function absurd._edges_from(p_parent_ids uuid[])
  returns SETOF absurd.dependencies language sql stable;
create function absurd._edges_to(p_task_ids uuid[])
  returns SETOF absurd.dependencies language sql stable;
create function absurd._end_of_reservations(p_queue_name text)
  returns absurd.claim_hints language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._ends_of(p_reservation absurd.reservations)
  returns uuid[] language sql immutable;
create function absurd._ensure_queues(p_queue_names text[], p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._event_documents(p_after bigint, p_until bigint, p_filter jsonb)
  returns jsonb language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._fail(p_ends absurd._attempt_end[], p_outcome text, p_now timestamp with time zone)
  returns uuid[] language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._filter_texts(p_filter jsonb, p_key text)
  returns text[] language sql immutable set search_path=pg_catalog, pg_temp;
create function absurd._find_freeing(p_queue_name text, p_limit bigint, p_now timestamp with time zone, OUT parent_id uuid, OUT first_ids uuid[], OUT task_ids uuid[], OUT next_id uuid, OUT priority integer)
  returns record language plpgsql volatile set enable_bitmapscan=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._find_in_lanes(p_queue_names text[], p_limit integer, p_at_once integer, p_task_names text[], p_settings jsonb, p_now timestamp with time zone)
  returns absurd._picked language plpgsql volatile set enable_bitmapscan=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._find_ready(p_queue_names text[], p_limit integer, p_at_once integer, p_task_names text[], p_settings jsonb, p_now timestamp with time zone)
  returns absurd._picked language plpgsql volatile set enable_bitmapscan=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._fingerprint(p_name text, p_content jsonb)
  returns text language sql immutable;
create function absurd._first_id()
  returns uuid language sql immutable;
create function absurd._first_in_line(p_key bigint)
  returns text language sql volatile;
create function absurd._first_picked(p_picked absurd._picked, p_size integer)
  returns absurd._picked language sql immutable;
create function absurd._for_each(p_values anyarray, p_size integer)
  returns anyarray language sql immutable;
create function absurd._forget_keys(p_holder_ids uuid[], p_now timestamp with time zone)
  returns integer language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._forget_tasks(p_task_ids uuid[])
  returns integer language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._forget_workers(p_now timestamp with time zone)
  returns integer language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._free(p_child_ids uuid[], p_edges integer[], p_now timestamp with time zone, OUT workflow_ids uuid[], OUT queue_names text[])
  returns record language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd._free_again(p_parent_id uuid, p_task_ids uuid[])
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._free_at_once()
  returns integer language sql immutable;
create function absurd._free_children(p_parent_ids uuid[], p_ended_badly boolean, p_may_wait boolean, p_now timestamp with time zone)
  returns uuid[] language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._free_later(p_parent_ids uuid[], p_now timestamp with time zone)
  returns uuid[] language plpgsql volatile set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._free_more(p_queue_names text[], p_limit integer, p_now timestamp with time zone)
  returns boolean language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._free_shares(p_queue_names text[], p_task_names text[], p_limit integer)
  returns integer[] language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._free_some(p_queue_names text[], p_most integer, p_now timestamp with time zone, OUT are_ready boolean, OUT size integer, OUT workflow_ids uuid[])
  returns record language plpgsql volatile set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._goes_before_ready(p_queue_name text)
  returns boolean language plpgsql volatile set enable_bitmapscan=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._grandparents(p_families integer[], p_parent_ids uuid[])
  returns TABLE(family integer, task_id uuid) language plpgsql stable set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._has_bad_parent(p_task_id uuid)
  returns boolean language sql stable set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._have_one_parent(p_picked absurd._picked)
  returns boolean language plpgsql stable set enable_bitmapscan=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._held_by_limits(p_queue_name text)
  returns integer language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._held_kinds(p_task_ids uuid[])
  returns TABLE(queue_name text, task_name text) language sql stable set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._held_names()
  returns text[] language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._hint_ranges(p_hint absurd.claim_hints)
  returns TABLE(priority integer, highest bigint, task_id uuid) language sql immutable;
create function absurd._hold_reservation(p_reservation_id bigint)
  returns absurd.reservations language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._id_range(p_prefix text)
  returns TABLE(lowest uuid, highest uuid) language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._inputs_in_order(p_picked absurd._picked)
  returns jsonb[] language plpgsql stable set enable_hashjoin=on set enable_nestloop=off set search_path=pg_catalog, pg_temp;
create function absurd._inputs_of(p_task_ids uuid[], p_workflow_ids uuid[], p_depth integer)
  returns TABLE(task_id uuid, inputs jsonb) language plpgsql stable set enable_hashjoin=on set enable_mergejoin=off set enable_nestloop=off set enable_seqscan=off set enable_sort=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd._inputs_of_alike(p_task_ids uuid[], p_workflow_id uuid, p_depth integer)
  returns json language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._inputs_of_one(p_task_id uuid, p_workflow_id uuid, p_depth integer)
  returns jsonb language plpgsql stable set enable_bitmapscan=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._inputs_or_null(p_picked absurd._picked)
  returns jsonb[] language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._inputs_that_fit(p_picked absurd._picked, p_worker_id text, p_settings jsonb, p_now timestamp with time zone)
  returns jsonb[] language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._insert_edges(p_graph absurd._graph)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._insert_steps(p_workflow_id uuid, p_graph absurd._graph, p_now timestamp with time zone)
  returns void language plpgsql volatile set enable_mergejoin=off set enable_nestloop=off set search_path=pg_catalog, pg_temp;
create function absurd._insert_tasks(p_specs absurd._task_spec[], p_now timestamp with time zone)
  returns void language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd._insert_workflow(p_workflow_id uuid, p_workflow jsonb, p_graph absurd._graph, p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._is_all_reserved(p_queue_names text[])
  returns boolean language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._is_any_reserved()
  returns boolean language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._is_fourth_reservation()
  returns boolean language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._is_fresh_end(p_end absurd.claim_hints, p_now timestamp with time zone)
  returns boolean language sql stable;
create function absurd._is_full(p_queue_name text, p_task_name text, p_now timestamp with time zone)
  returns boolean language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._is_ignored(p_task_id uuid)
  returns boolean language sql stable set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._is_live(p_heartbeat_at timestamp with time zone, p_lease_sec double precision, p_now timestamp with time zone)
  returns boolean language sql stable;
create function absurd._is_lost(p_suspected_at timestamp with time zone, p_heartbeat_at timestamp with time zone, p_lease_sec double precision, p_heartbeat_sec double precision, p_now timestamp with time zone)
  returns boolean language sql stable;
create function absurd._is_name(p_name text)
  returns boolean language sql immutable;
create function absurd._is_number(p_value jsonb, p_min numeric, p_max numeric, p_whole boolean)
  returns boolean language sql immutable;
create function absurd._is_offered(p_queue_name text, p_task_name text)
  returns boolean language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._is_overdue(p_heartbeat_at timestamp with time zone, p_lease_sec double precision, p_now timestamp with time zone)
  returns boolean language sql stable;
create function absurd._is_plain_claim(p_worker_id text, p_queue_names text[], p_limit integer, p_settings jsonb)
  returns boolean language sql immutable;
create function absurd._is_prunable_workflow(p_workflow_id uuid, p_before timestamp with time zone, p_held uuid[])
  returns boolean language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._is_reserved(p_task absurd.tasks, p_state text)
  returns boolean language sql immutable;
create function absurd._is_satisfied(p_parent_state text, p_policy text)
  returns boolean language sql immutable;
create function absurd._is_set_up(p_queue_name text)
  returns boolean language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._is_silent(p_heartbeat_at timestamp with time zone, p_now timestamp with time zone)
  returns boolean language sql stable;
create function absurd._is_stuck(p_task_id uuid)
  returns boolean language sql stable set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._is_text_of_names(p_text text)
  returns boolean language sql immutable;
create function absurd._is_under(p_limit_queue text, p_limit_task text, p_queue_name text, p_task_name text)
  returns boolean language sql immutable;
create function absurd._is_uuid(p_text text)
  returns boolean language sql immutable;
create function absurd._is_uuid_array(p_value jsonb)
  returns boolean language sql immutable set search_path=pg_catalog, pg_temp;
create function absurd._item_id(p_id text, p_item integer)
  returns uuid language sql immutable;
create function absurd._item_problem(p_item jsonb)
  returns text language sql stable;
create function absurd._jitter_offset_sec(p_name text, p_jitter_sec double precision)
  returns double precision language sql immutable set search_path=pg_catalog, pg_temp;
create function absurd._keep_attempts(p_ends absurd._attempt_end[], p_outcome text, p_now timestamp with time zone)
  returns void language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._keep_hint(p_queue_name text, p_task_name text, p_share integer, p_task_ids uuid[], p_dead_entries bigint, p_hint absurd.claim_hints)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._keep_log(p_log absurd.event_log, p_pages absurd.event_pages[], p_count integer)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._keep_mark(p_mark absurd.retention, p_now timestamp with time zone)
  returns text[] language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._kept_report(p_report jsonb)
  returns jsonb language sql immutable set search_path=pg_catalog, pg_temp;
create function absurd._key_fingerprint(p_queue_name text, p_kind text, p_key text)
  returns text language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._lane_caps(p_queue_names text[], p_task_names text[], p_limit integer, p_rooms absurd._room[])
  returns integer[] language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._last_errors(p_queue_name text, p_limit integer)
  returns jsonb language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._least_behind(p_hint absurd.claim_hints, p_limit integer, p_now timestamp with time zone)
  returns integer language sql stable;
create function absurd._let_die(p_claimed uuid[], p_outcome text, p_reason text, p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._let_go(p_task_ids uuid[], p_workflow_ids uuid[], p_queue_names text[], p_depth integer, p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._limit_holders(p_limit_queue text, p_limit_task text, p_now timestamp with time zone)
  returns jsonb language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._limit_in_line(p_queue_names text[], p_limit integer)
  returns integer language plpgsql volatile set lock_timeout=1s set search_path=pg_catalog, pg_temp;
create function absurd._limit_key(p_queue_name text, p_task_name text)
  returns bigint language sql immutable;
create function absurd._limited_shares(p_queue_names text[], p_task_names text[], p_limit integer, p_limits absurd._room[], p_now timestamp with time zone)
  returns integer[] language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._link_outside(p_graph absurd._graph)
  returns absurd._graph language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._link_steps(p_graph absurd._graph)
  returns absurd._graph language plpgsql volatile set enable_mergejoin=off set enable_nestloop=off set search_path=pg_catalog, pg_temp;
create function absurd._live_ends(p_ends absurd._attempt_end[])
  returns absurd._attempt_end[] language plpgsql stable set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._lock_event_log()
  returns boolean language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._lock_families(p_task_ids uuid[])
  returns boolean language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._lock_for_failure(p_ends absurd._attempt_end[])
  returns void language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._lock_late_tasks(p_task_ids uuid[])
  returns void language plpgsql volatile set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._lock_limits(p_queue_names text[], p_task_names text[], p_caps integer[], p_rooms absurd._room[])
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._lock_prunable(p_workflow_ids uuid[], p_task_ids uuid[])
  returns uuid[] language plpgsql volatile set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._lock_schedule(p_name text)
  returns absurd.scheduled_tasks language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._lock_tasks(p_task_ids uuid[])
  returns void language plpgsql volatile set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._lock_to_free(p_freeing absurd.freeing, p_most integer, OUT child_ids uuid[], OUT next_id uuid)
  returns record language plpgsql volatile set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._lock_with_reservations(p_task_ids uuid[])
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._lock_workflows(p_workflow_ids uuid[])
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._longest_wait(p_settings jsonb)
  returns interval language sql immutable;
create function absurd._look_at_tasks(p_finished_at timestamp with time zone, p_after_id uuid, p_before timestamp with time zone, p_limit integer, OUT task_ids uuid[], OUT last_finished_at timestamp with time zone, OUT last_id uuid)
  returns record language plpgsql volatile set enable_bitmapscan=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._look_at_workflows(p_after_id uuid, p_before timestamp with time zone, p_now timestamp with time zone, p_limit integer, OUT workflow_ids uuid[], OUT last_id uuid)
  returns record language plpgsql volatile set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._lost_claims(p_task_ids uuid[], p_now timestamp with time zone)
  returns absurd._attempt_end[] language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._make_reservation(p_worker_id text, p_hint absurd.claim_hints, p_task_ids uuid[], p_highest integer, p_lowest integer, p_parent_id uuid, p_settings jsonb)
  returns absurd.reservations language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._many_dead_entries(p_share integer)
  returns bigint language sql immutable;
create function absurd._marked_path(p_value json, p_mark text, p_path text DEFAULT '$'::text)
  returns text language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._max_bytes()
  returns integer language sql immutable;
create function absurd._may_reserve(p_queue_name text, p_limit integer, p_now timestamp with time zone, OUT is_open boolean, OUT is_freeing boolean)
  returns record language plpgsql volatile set enable_bitmapscan=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._most_input_bytes()
  returns integer language sql immutable;
create function absurd._move_hint(p_hint absurd.claim_hints, p_task_ids uuid[], p_looked_at timestamp with time zone, p_dead_entries bigint)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._move_hint_behind(p_hint absurd.claim_hints)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._move_on(p_schedule absurd.scheduled_tasks, p_due_at timestamp with time zone, p_next_due_at timestamp with time zone, p_now timestamp with time zone)
  returns void language sql volatile set search_path=pg_catalog, pg_temp;
create function absurd._must_be(p_options jsonb, p_name text, p_what text)
  returns text language sql immutable;
create function absurd._name_problem(p_name text, p_what text)
  returns text language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._named_claim(p_item jsonb)
  returns TABLE(task_id uuid, attempt integer) language sql immutable;
create function absurd._named_dead_letter(p_name text)
  returns absurd.dead_letters language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._named_lanes(p_queue_names text[], p_task_names text[])
  returns TABLE(queue_name text, task_name text) language plpgsql stable set enable_bitmapscan=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._names_all(p_reservation absurd.reservations, p_task_ids uuid[])
  returns boolean language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._new_id()
  returns uuid language sql volatile;
create function absurd._newer_holders(p_task_id uuid, p_now timestamp with time zone)
  returns SETOF absurd.idempotency_keys language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._newest_open(p_worker_id text, p_queue_name text)
  returns integer language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._not_live(p_task_ids uuid[], p_attempts integer[])
  returns TABLE(task_id uuid, attempt integer, verdict text) language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._note_dead_entries(p_queue_name text, p_limit integer, p_read bigint, p_hint absurd.claim_hints)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._note_moves(p_task_ids uuid[])
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._notify_claims(p_worker_ids text[])
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._notify_ready(p_task_ids uuid[], p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._oldest_client_version()
  returns integer language sql immutable;
create function absurd._oldest_ready_at(p_queue_name text)
  returns timestamp with time zone language sql stable set enable_bitmapscan=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._open_edges(p_task_ids uuid[])
  returns TABLE(task_id uuid, parent_id uuid, on_parent_failure text, parent_state text) language sql stable;
create function absurd._option_problem(p_options jsonb)
  returns text language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._overlap(p_name text)
  returns text language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._pause_with_error(p_name text, p_error text, p_now timestamp with time zone)
  returns void language sql volatile set search_path=pg_catalog, pg_temp;
create function absurd._pick(p_queue_names text[], p_task_names text[], p_shares integer[], p_is_hinted boolean)
  returns absurd._picked language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._pick_alone(p_queue_name text)
  returns void language plpgsql volatile set lock_timeout=5s set search_path=pg_catalog, pg_temp;
create function absurd._pick_behind(p_hint absurd.claim_hints, p_share integer, p_taken uuid[])
  returns absurd._picked language plpgsql volatile set enable_bitmapscan=off set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._pick_behind_reserved(p_queue_name text, p_share integer, p_now timestamp with time zone)
  returns absurd._picked language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._pick_by_hint(p_hint absurd.claim_hints, p_share integer)
  returns absurd._picked language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._pick_from_lanes(p_queue_names text[], p_task_names text[], p_shares integer[])
  returns absurd._picked language plpgsql volatile set enable_bitmapscan=off set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._pick_named_behind(p_hint absurd.claim_hints, p_share integer, p_taken uuid[])
  returns absurd._picked language plpgsql volatile set enable_bitmapscan=off set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._picks_key(p_queue_name text)
  returns bigint language sql immutable;
create function absurd._plain_shapes(p_shapes jsonb[], p_params jsonb[], p_now timestamp with time zone)
  returns absurd._task_spec[] language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._policies(p_shapes jsonb[])
  returns TABLE(shape integer, policy text) language sql immutable;
create function absurd._policies_of_edges(p_graph absurd._graph)
  returns text[] language plpgsql immutable set enable_mergejoin=off set enable_nestloop=off set search_path=pg_catalog, pg_temp;
create function absurd._promote_due(p_queue_names text[], p_limit integer, p_now timestamp with time zone)
  returns void language plpgsql volatile set enable_bitmapscan=off set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._prunable_among(p_task_ids uuid[], p_workflow_id uuid, p_before timestamp with time zone)
  returns uuid[] language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._prune_events(p_before timestamp with time zone, p_limit integer)
  returns integer language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._prune_keys(p_free_at timestamp with time zone, p_after_holder_id uuid, p_now timestamp with time zone, p_limit integer, OUT count integer, OUT last_free_at timestamp with time zone, OUT last_holder_id uuid)
  returns record language plpgsql volatile set enable_bitmapscan=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._prune_schedule_runs(p_after_id uuid, p_before timestamp with time zone, p_limit integer)
  returns uuid language plpgsql volatile set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._publish(p_changed uuid[], p_ready uuid[], p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._raise(p_sqlstate text, p_message text, p_hint text DEFAULT NULL::text)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._raise_not_claimed(p_task_id uuid, p_attempt integer)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._raise_step(p_name text, p_item jsonb, p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._rates(p_queue_name text, p_now timestamp with time zone)
  returns TABLE(queue_name text, completed_last_minute integer, completed_last_hour integer, failed_last_minute integer, failed_last_hour integer, last_completed_at timestamp with time zone, estimated boolean) language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._read_edges(p_graph absurd._graph)
  returns absurd._graph language plpgsql volatile set enable_mergejoin=off set enable_nestloop=off set search_path=pg_catalog, pg_temp;
create function absurd._read_ends(p_outcomes json, p_has_result boolean)
  returns absurd._attempt_end[] language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._read_items(p_items json, p_what text, p_part text DEFAULT NULL::text)
  returns TABLE(item integer, value jsonb, problem text) language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._read_report(p_report jsonb)
  returns TABLE(exit_code integer, signal text, duration_ms double precision, cpu_ms double precision, peak_memory_bytes bigint, flags jsonb, log_tail text, work_dir text) language sql immutable;
create function absurd._read_schedule(p_schedule jsonb)
  returns absurd.scheduled_tasks language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._read_specs(p_items jsonb[], p_problems text[], p_now timestamp with time zone)
  returns absurd._task_spec[] language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._read_steps(p_steps jsonb)
  returns absurd._graph language plpgsql immutable set enable_mergejoin=off set enable_nestloop=off set search_path=pg_catalog, pg_temp;
create function absurd._read_told(p_items json, OUT task_ids uuid[], OUT attempts integer[], OUT items jsonb[])
  returns record language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._ready_heads(p_queue_names text[], p_task_names text[], p_caps integer[])
  returns TABLE(lane integer, priority integer, task_id uuid) language plpgsql stable set enable_bitmapscan=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._ready_read(p_task_name text)
  returns bigint language sql volatile;
create function absurd._recount_tasks()
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._refresh_workflows(p_workflow_ids uuid[], p_now timestamp with time zone)
  returns void language plpgsql volatile set enable_bitmapscan=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._refuse_inputs(p_picked absurd._picked, p_worker_id text, p_settings jsonb, p_now timestamp with time zone)
  returns void language plpgsql volatile set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._release(p_ends absurd._attempt_end[], p_now timestamp with time zone)
  returns uuid[] language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._reopen(p_roots uuid[], p_now timestamp with time zone)
  returns uuid[] language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._reopen_level(p_task_ids uuid[], p_now timestamp with time zone)
  returns uuid[] language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._replace_unstorable(p_value json, p_replacement text)
  returns json language sql immutable set search_path=pg_catalog, pg_temp;
create function absurd._require_age(p_older_than_sec double precision)
  returns void language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._require_batch(p_task_ids uuid[])
  returns void language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._require_filter(p_filter jsonb)
  returns void language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._require_key(p_task_id uuid, p_now timestamp with time zone)
  returns void language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._require_name(p_name text, p_what text)
  returns void language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._require_read_committed()
  returns void language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._require_retriable(p_task_id uuid)
  returns void language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._require_same_size(p_task_ids uuid[], p_attempts integer[], p_results jsonb[], p_reports jsonb[])
  returns void language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._require_spawned(p_spec absurd._task_spec)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._reserve(p_worker_id text, p_queue_name text, p_limit integer, p_settings jsonb)
  returns SETOF absurd._alike language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._reserve_behind(p_worker_id text, p_hint absurd.claim_hints, p_above integer, p_limit integer, p_least integer, p_settings jsonb)
  returns SETOF absurd._alike language plpgsql volatile set enable_bitmapscan=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._reserve_freeing(p_worker_id text, p_queue_name text, p_parent_id uuid, p_task_ids uuid[], p_priority integer, p_settings jsonb, p_now timestamp with time zone)
  returns SETOF absurd._alike language plpgsql volatile set enable_bitmapscan=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._reserve_ready(p_worker_id text, p_queue_name text, p_limit integer, p_settings jsonb, p_now timestamp with time zone)
  returns SETOF absurd._alike language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._reserved(p_queue_names text[], p_above integer DEFAULT NULL::integer)
  returns uuid[] language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._reserved_run_at(p_task absurd.tasks, p_reserved_at timestamp with time zone)
  returns timestamp with time zone language sql immutable;
create function absurd._retake_keys(p_task_id uuid, p_now timestamp with time zone)
  returns boolean language plpgsql volatile set lock_timeout=1ms set search_path=pg_catalog, pg_temp;
create function absurd._rooms(p_limits absurd._room[], p_limit integer, p_now timestamp with time zone)
  returns absurd._room[] language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._rows_of_page(p_first_position bigint, p_event_ids bigint[], p_sizes integer[])
  returns TABLE(event_id bigint, size integer, first_position bigint) language sql immutable;
create function absurd._run_at(p_name text, p_due_at timestamp with time zone, p_jitter_sec double precision)
  returns timestamp with time zone language sql immutable set search_path=pg_catalog, pg_temp;
create function absurd._run_sink(p_sink_name text, p_task_id uuid, p_attempt integer, p_result jsonb)
  returns text language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._run_sinks(p_ends absurd._attempt_end[])
  returns absurd._attempt_end[] language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._runs_from(p_task_id uuid, p_now timestamp with time zone)
  returns TABLE(run_at timestamp with time zone) language sql stable;
create function absurd._same_times(p_old absurd.scheduled_tasks, p_new absurd.scheduled_tasks)
  returns boolean language sql immutable set search_path=pg_catalog, pg_temp;
create function absurd._satisfy_edges(p_parent_ids uuid[], p_ended_badly boolean, OUT child_ids uuid[], OUT edges integer[], OUT parent_ids uuid[])
  returns record language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set plan_cache_mode=force_generic_plan set search_path=pg_catalog, pg_temp;
create function absurd._schedule_document(p_schedule absurd.scheduled_tasks)
  returns jsonb language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._schedule_problem(p_given jsonb, p_chain jsonb, p_params jsonb)
  returns text language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._schedule_run_document(p_run absurd.schedule_runs)
  returns jsonb language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._scheduled_workflow(p_schedule absurd.scheduled_tasks, p_params jsonb, p_due_at timestamp with time zone, p_key text)
  returns jsonb language sql immutable set search_path=pg_catalog, pg_temp;
create function absurd._setting_problem(p_settings jsonb)
  returns text language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._settle_bad_ends(p_roots uuid[], p_now timestamp with time zone)
  returns void language plpgsql volatile set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._settle_keys(p_completed uuid[], p_freed uuid[], p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._settle_log(p_log absurd.event_log, p_snapshot pg_snapshot)
  returns absurd.event_log language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._shapes_of(p_items jsonb, OUT shapes jsonb[], OUT shape_of integer[], OUT params jsonb[])
  returns record language plpgsql immutable set enable_mergejoin=off set enable_nestloop=off set search_path=pg_catalog, pg_temp;
create function absurd._shorten_freeing(p_parent_id uuid, p_first_ids uuid[], p_next_id uuid)
  returns void language plpgsql volatile set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._shown_state(p_state text, p_queue_name text, p_task_name text)
  returns text language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._single_prunable(p_task_ids uuid[], p_before timestamp with time zone, p_limit integer)
  returns uuid[] language plpgsql volatile set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._small_claim()
  returns integer language sql immutable;
create function absurd._spawn(p_values jsonb[], p_problems text[])
  returns absurd._task_spec[] language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._spawn_due(p_schedule absurd.scheduled_tasks, p_due_at timestamp with time zone, p_options jsonb, p_now timestamp with time zone)
  returns jsonb language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._spawn_one(p_queue_name text, p_task_name text, p_params jsonb, p_options jsonb, p_now timestamp with time zone)
  returns uuid language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._spawn_plain(p_shapes jsonb[], p_shape_of integer[], p_params jsonb[], p_now timestamp with time zone)
  returns uuid[] language plpgsql volatile set enable_mergejoin=off set enable_nestloop=off set search_path=pg_catalog, pg_temp;
create function absurd._spawn_scheduled(p_schedule absurd.scheduled_tasks, p_due_at timestamp with time zone, p_key text)
  returns absurd.schedule_runs language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._spec_rows(p_specs absurd._task_spec[])
  returns TABLE(shape integer, queue_name text, task_name text, priority integer, run_at timestamp with time zone, settings jsonb, dlq_enabled boolean, max_retries integer, timeout_sec double precision, backoff_base_sec double precision, backoff_cap_sec double precision) language sql stable;
create function absurd._stamp_events(p_limit integer)
  returns integer language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._state_of_reserved(p_reservation absurd.reservations)
  returns text language sql immutable;
create function absurd._steps_of(p_workflow_ids uuid[])
  returns SETOF absurd.tasks language sql stable;
create function absurd._stop_reserving(p_task_ids uuid[])
  returns text[] language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._storable_problem(p_value json, p_part text)
  returns text language sql immutable set search_path=pg_catalog, pg_temp;
create function absurd._sum_up_counts()
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._suspect_claims(p_limit integer, p_now timestamp with time zone)
  returns void language sql volatile set search_path=pg_catalog, pg_temp;
create function absurd._take_back(p_schema_name text)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._take_chore(p_chore text, p_every interval, p_now timestamp with time zone)
  returns boolean language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._take_key(p_queue_name text, p_kind text, p_key text, p_holder_id uuid, p_fingerprint text, p_window_sec double precision, p_now timestamp with time zone)
  returns uuid language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._take_keys(p_specs absurd._task_spec[], p_now timestamp with time zone)
  returns TABLE(item integer, holder_id uuid, params_differ boolean) language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._take_mark(p_older_than_sec double precision, p_now timestamp with time zone)
  returns absurd.retention language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._take_out(p_reservation absurd.reservations, p_task_ids uuid[])
  returns void language plpgsql volatile set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._task_document(p_task absurd.tasks, p_shown_state text)
  returns jsonb language sql stable set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._tell_backlog(p_queue_name text, p_ready bigint)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._tell_moved(p_moved absurd._picked, p_from text, p_to text, p_detail jsonb, p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._tell_newer_holder(p_task_id uuid, p_now timestamp with time zone)
  returns text language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._terms_of(p_settings jsonb)
  returns TABLE(lease_sec double precision, heartbeat_sec double precision, max_retries integer, timeout_sec double precision, backoff_base_sec double precision, backoff_cap_sec double precision) language sql stable;
create function absurd._to_timestamptz(p_text text)
  returns timestamp with time zone language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._try_hints()
  returns boolean language sql volatile;
create function absurd._try_jsonb(p_value json)
  returns jsonb language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._try_look(p_hint absurd.claim_hints, p_life interval, p_now timestamp with time zone)
  returns boolean language sql volatile;
create function absurd._try_schedule(p_schedule absurd.scheduled_tasks, p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._type_steps(p_workflow jsonb, p_graph absurd._graph, p_now timestamp with time zone)
  returns absurd._graph language plpgsql volatile set enable_mergejoin=off set enable_nestloop=off set search_path=pg_catalog, pg_temp;
create function absurd._typed_ends(p_task_ids uuid[], p_attempts integer[], p_results jsonb[], p_reports jsonb[])
  returns absurd._attempt_end[] language sql volatile set search_path=pg_catalog, pg_temp;
create function absurd._verdicts(p_ends absurd._attempt_end[], p_done uuid[])
  returns TABLE(task_id uuid, attempt integer, outcome text, message text) language plpgsql stable set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._wake_readers(p_queue_names text[], p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._wake_workers(p_queue_names text[], p_now timestamp with time zone)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._walk_time(p_dead_entries bigint)
  returns interval language sql immutable;
create function absurd._wanted_keys(p_task_ids uuid[])
  returns TABLE(queue_name text, kind text, key text, holder_id uuid) language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._way_out(p_reason jsonb)
  returns jsonb language sql immutable;
create function absurd._why_alone(p_task absurd.tasks, p_is_free boolean, p_now timestamp with time zone)
  returns jsonb[] language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._why_claimed(p_task absurd.tasks, p_now timestamp with time zone)
  returns jsonb[] language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._why_early(p_task absurd.tasks, p_now timestamp with time zone)
  returns jsonb[] language plpgsql stable set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set enable_sort=off set search_path=pg_catalog, pg_temp;
create function absurd._why_ended(p_task absurd.tasks, p_now timestamp with time zone)
  returns jsonb[] language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._why_held(p_task absurd.tasks, p_now timestamp with time zone)
  returns jsonb[] language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function absurd._why_reserved(p_task absurd.tasks)
  returns jsonb[] language plpgsql stable set search_path=pg_catalog, pg_temp;
create function absurd._with_keys(p_specs absurd._task_spec[], p_now timestamp with time zone)
  returns absurd._task_spec[] language sql volatile set search_path=pg_catalog, pg_temp;
create function absurd._with_keys(p_task_ids uuid[])
  returns uuid[] language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._with_less_room(p_rooms absurd._room[], p_queue_name text, p_task_name text)
  returns absurd._room[] language plpgsql immutable set search_path=pg_catalog, pg_temp;
create function absurd._with_parents(p_specs absurd._task_spec[])
  returns absurd._task_spec[] language plpgsql volatile set enable_mergejoin=off set enable_nestloop=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function absurd._with_refused_holders(p_specs absurd._task_spec[])
  returns absurd._task_spec[] language sql immutable set search_path=pg_catalog, pg_temp;
create function absurd._workflow_document(p_workflow absurd.workflows, p_with_steps boolean)
  returns jsonb language sql stable set search_path=pg_catalog, pg_temp;
create function absurd._workflow_status(p_workflow_id uuid, p_cancelled boolean)
  returns TABLE(status text) language sql stable;
create function absurd._workflows_reached(p_task_ids uuid[])
  returns uuid[] language plpgsql stable set enable_hashjoin=off set enable_mergejoin=off set enable_seqscan=off set search_path=pg_catalog, pg_temp;
create function sky.light_curve(p_source_id integer)
  returns TABLE(observed_at timestamp with time zone, flux_jy double precision, flux_error_jy double precision, snr double precision, observation text, image text) language sql stable security definer set search_path=pg_catalog, pg_temp;
create function sky.list_sources(p_limit integer DEFAULT 100)
  returns TABLE(source_id integer, ra_deg double precision, dec_deg double precision, flux_jy double precision, flux_error_jy double precision, detection_count integer, first_seen_at timestamp with time zone, last_seen_at timestamp with time zone) language sql stable security definer set search_path=pg_catalog, pg_temp;
create function sky.take_detections(p_task_id uuid, p_attempt integer, p_result jsonb)
  returns void language plpgsql volatile set search_path=pg_catalog, pg_temp;
create function sky._nearest_source(p_task_id uuid, p_ra_deg double precision, p_dec_deg double precision, p_position_error_arcsec double precision)
  returns integer language sql stable set search_path=pg_catalog, pg_temp;
create function sky._separation_arcsec(p_ra1_deg double precision, p_dec1_deg double precision, p_ra2_deg double precision, p_dec2_deg double precision)
  returns double precision language sql immutable set search_path=pg_catalog, pg_temp;
create function sky._sum_up(p_source_ids integer[])
  returns void language sql volatile set search_path=pg_catalog, pg_temp;

grant usage on schema absurd to absurd_operator;
grant usage on schema sky to absurd_operator;
grant usage on schema absurd to absurd_producer;
grant usage on schema absurd to absurd_reader;
grant usage on schema sky to absurd_reader;
grant usage on schema absurd to absurd_worker;
grant select on table absurd.scheduled_tasks to absurd_operator;
grant select on table absurd.tasks to absurd_operator;
grant select on table absurd.workflows to absurd_operator;
grant select on table sky.detections to absurd_operator;
grant select on table sky.sources to absurd_operator;
grant select on table absurd.scheduled_tasks to absurd_reader;
grant select on table absurd.tasks to absurd_reader;
grant select on table absurd.workflows to absurd_reader;
grant select on table sky.detections to absurd_reader;
grant select on table sky.sources to absurd_reader;
grant execute on function absurd.acknowledge_tasks(json) to absurd_operator;
grant execute on function absurd.append_logs(json) to absurd_operator;
grant execute on function absurd.cancel_task(uuid,text) to absurd_operator;
grant execute on function absurd.cancel_tasks(uuid[],text) to absurd_operator;
grant execute on function absurd.cancel_workflow(uuid,text) to absurd_operator;
grant execute on function absurd.claim_alike(text,text[],integer,text[],jsonb,boolean) to absurd_operator;
grant execute on function absurd.claim_reserved(bigint,uuid[]) to absurd_operator;
grant execute on function absurd.claim_task(text,text,jsonb) to absurd_operator;
grant execute on function absurd.claim_tasks(text,text[],integer,text[],jsonb) to absurd_operator;
grant execute on function absurd.clock() to absurd_operator;
grant execute on function absurd.complete_claims(uuid[],integer[],jsonb[],jsonb[],boolean) to absurd_operator;
grant execute on function absurd.complete_reserved(bigint,uuid[],integer[],jsonb[],jsonb[]) to absurd_operator;
grant execute on function absurd.complete_task(uuid,integer,jsonb,jsonb) to absurd_operator;
grant execute on function absurd.complete_tasks(json) to absurd_operator;
grant execute on function absurd.count_reserved(text) to absurd_operator;
grant execute on function absurd.deregister_scheduler(text) to absurd_operator;
grant execute on function absurd.deregister_worker(text) to absurd_operator;
grant execute on function absurd.diagnose() to absurd_operator;
grant execute on function absurd.discard_bench_tasks(text,integer) to absurd_operator;
grant execute on function absurd.due_schedules(integer) to absurd_operator;
grant execute on function absurd.event_cursor(timestamp with time zone) to absurd_operator;
grant execute on function absurd.explain_task(uuid) to absurd_operator;
grant execute on function absurd.fail_schedule(text,integer,text,text) to absurd_operator;
grant execute on function absurd.fail_task(uuid,integer,text,text,boolean,boolean,jsonb) to absurd_operator;
grant execute on function absurd.fail_tasks(json) to absurd_operator;
grant execute on function absurd.find_tasks(text) to absurd_operator;
grant execute on function absurd.find_workflows(text) to absurd_operator;
grant execute on function absurd.fire_schedule(text,integer,timestamp with time zone,timestamp with time zone,timestamp with time zone,jsonb) to absurd_operator;
grant execute on function absurd.follow_events() to absurd_operator;
grant execute on function absurd.forget_reservations(text,bigint[]) to absurd_operator;
grant execute on function absurd.get_dead_letter(uuid) to absurd_operator;
grant execute on function absurd.get_prunable(double precision) to absurd_operator;
grant execute on function absurd.get_queue_stats(text) to absurd_operator;
grant execute on function absurd.get_schedule(text) to absurd_operator;
grant execute on function absurd.get_status(text) to absurd_operator;
grant execute on function absurd.get_task(uuid) to absurd_operator;
grant execute on function absurd.get_usage() to absurd_operator;
grant execute on function absurd.get_workflow(uuid) to absurd_operator;
grant execute on function absurd.handshake(integer) to absurd_operator;
grant execute on function absurd.heartbeat_task(uuid,integer) to absurd_operator;
grant execute on function absurd.heartbeat_worker(text,jsonb,jsonb) to absurd_operator;
grant execute on function absurd.list_dead_letter_ids(jsonb) to absurd_operator;
grant execute on function absurd.list_dead_letters(jsonb,integer) to absurd_operator;
grant execute on function absurd.list_limits() to absurd_operator;
grant execute on function absurd.list_schedule_runs(text,integer) to absurd_operator;
grant execute on function absurd.list_schedulers() to absurd_operator;
grant execute on function absurd.list_schedules() to absurd_operator;
grant execute on function absurd.list_task_ids(jsonb,integer) to absurd_operator;
grant execute on function absurd.list_tasks(jsonb,integer) to absurd_operator;
grant execute on function absurd.list_workers() to absurd_operator;
grant execute on function absurd.list_workflows(jsonb,integer) to absurd_operator;
grant execute on function absurd.pause_queue(text) to absurd_operator;
grant execute on function absurd.pause_schedule(text) to absurd_operator;
grant execute on function absurd.prioritize_tasks(uuid[],integer) to absurd_operator;
grant execute on function absurd.prune(double precision,integer) to absurd_operator;
grant execute on function absurd.purge_dead_letters(jsonb) to absurd_operator;
grant execute on function absurd.read_events(bigint,jsonb,integer) to absurd_operator;
grant execute on function absurd.read_logs(uuid,integer,integer,integer) to absurd_operator;
grant execute on function absurd.recover_claims(integer,double precision) to absurd_operator;
grant execute on function absurd.register_scheduler(text,jsonb) to absurd_operator;
grant execute on function absurd.register_worker(text,jsonb) to absurd_operator;
grant execute on function absurd.release_claims(uuid[]) to absurd_operator;
grant execute on function absurd.release_reserved(bigint,uuid[]) to absurd_operator;
grant execute on function absurd.release_tasks(json) to absurd_operator;
grant execute on function absurd.remove_schedule(text) to absurd_operator;
grant execute on function absurd.replay_dead_letters(jsonb) to absurd_operator;
grant execute on function absurd.report_progress(json) to absurd_operator;
grant execute on function absurd.resume_queue(text) to absurd_operator;
grant execute on function absurd.resume_schedule(text,integer,timestamp with time zone) to absurd_operator;
grant execute on function absurd.retry_task(uuid) to absurd_operator;
grant execute on function absurd.retry_tasks(uuid[]) to absurd_operator;
grant execute on function absurd.save_schedule(jsonb,timestamp with time zone,boolean) to absurd_operator;
grant execute on function absurd.schema_version() to absurd_operator;
grant execute on function absurd.set_limit(integer,text,text) to absurd_operator;
grant execute on function absurd.set_priority(uuid,integer) to absurd_operator;
grant execute on function absurd.set_queue_events(text,boolean) to absurd_operator;
grant execute on function absurd.spawn_alike(jsonb,json) to absurd_operator;
grant execute on function absurd.spawn_steps(jsonb,text[],json,integer[],integer[],integer[]) to absurd_operator;
grant execute on function absurd.spawn_task(text,text,jsonb,jsonb) to absurd_operator;
grant execute on function absurd.spawn_tasks(json) to absurd_operator;
grant execute on function absurd.spawn_workflow(jsonb) to absurd_operator;
grant execute on function absurd.stamp_events() to absurd_operator;
grant execute on function absurd.trigger_schedule(text) to absurd_operator;
grant execute on function absurd.unblock_tasks(uuid[]) to absurd_operator;
grant execute on function sky.light_curve(integer) to absurd_operator;
grant execute on function sky.list_sources(integer) to absurd_operator;
grant execute on function absurd.clock() to absurd_producer;
grant execute on function absurd.diagnose() to absurd_producer;
grant execute on function absurd.follow_events() to absurd_producer;
grant execute on function absurd.get_task(uuid) to absurd_producer;
grant execute on function absurd.get_workflow(uuid) to absurd_producer;
grant execute on function absurd.handshake(integer) to absurd_producer;
grant execute on function absurd.schema_version() to absurd_producer;
grant execute on function absurd.spawn_alike(jsonb,json) to absurd_producer;
grant execute on function absurd.spawn_steps(jsonb,text[],json,integer[],integer[],integer[]) to absurd_producer;
grant execute on function absurd.spawn_task(text,text,jsonb,jsonb) to absurd_producer;
grant execute on function absurd.spawn_tasks(json) to absurd_producer;
grant execute on function absurd.spawn_workflow(jsonb) to absurd_producer;
grant execute on function absurd.clock() to absurd_reader;
grant execute on function absurd.diagnose() to absurd_reader;
grant execute on function absurd.event_cursor(timestamp with time zone) to absurd_reader;
grant execute on function absurd.explain_task(uuid) to absurd_reader;
grant execute on function absurd.find_tasks(text) to absurd_reader;
grant execute on function absurd.find_workflows(text) to absurd_reader;
grant execute on function absurd.follow_events() to absurd_reader;
grant execute on function absurd.get_dead_letter(uuid) to absurd_reader;
grant execute on function absurd.get_prunable(double precision) to absurd_reader;
grant execute on function absurd.get_queue_stats(text) to absurd_reader;
grant execute on function absurd.get_schedule(text) to absurd_reader;
grant execute on function absurd.get_status(text) to absurd_reader;
grant execute on function absurd.get_task(uuid) to absurd_reader;
grant execute on function absurd.get_usage() to absurd_reader;
grant execute on function absurd.get_workflow(uuid) to absurd_reader;
grant execute on function absurd.handshake(integer) to absurd_reader;
grant execute on function absurd.list_dead_letter_ids(jsonb) to absurd_reader;
grant execute on function absurd.list_dead_letters(jsonb,integer) to absurd_reader;
grant execute on function absurd.list_limits() to absurd_reader;
grant execute on function absurd.list_schedule_runs(text,integer) to absurd_reader;
grant execute on function absurd.list_schedulers() to absurd_reader;
grant execute on function absurd.list_schedules() to absurd_reader;
grant execute on function absurd.list_task_ids(jsonb,integer) to absurd_reader;
grant execute on function absurd.list_tasks(jsonb,integer) to absurd_reader;
grant execute on function absurd.list_workers() to absurd_reader;
grant execute on function absurd.list_workflows(jsonb,integer) to absurd_reader;
grant execute on function absurd.read_events(bigint,jsonb,integer) to absurd_reader;
grant execute on function absurd.read_logs(uuid,integer,integer,integer) to absurd_reader;
grant execute on function absurd.schema_version() to absurd_reader;
grant execute on function absurd.stamp_events() to absurd_reader;
grant execute on function sky.light_curve(integer) to absurd_reader;
grant execute on function sky.list_sources(integer) to absurd_reader;
grant execute on function absurd.acknowledge_tasks(json) to absurd_worker;
grant execute on function absurd.append_logs(json) to absurd_worker;
grant execute on function absurd.claim_alike(text,text[],integer,text[],jsonb,boolean) to absurd_worker;
grant execute on function absurd.claim_reserved(bigint,uuid[]) to absurd_worker;
grant execute on function absurd.claim_task(text,text,jsonb) to absurd_worker;
grant execute on function absurd.claim_tasks(text,text[],integer,text[],jsonb) to absurd_worker;
grant execute on function absurd.clock() to absurd_worker;
grant execute on function absurd.complete_claims(uuid[],integer[],jsonb[],jsonb[],boolean) to absurd_worker;
grant execute on function absurd.complete_reserved(bigint,uuid[],integer[],jsonb[],jsonb[]) to absurd_worker;
grant execute on function absurd.complete_task(uuid,integer,jsonb,jsonb) to absurd_worker;
grant execute on function absurd.complete_tasks(json) to absurd_worker;
grant execute on function absurd.count_reserved(text) to absurd_worker;
grant execute on function absurd.deregister_scheduler(text) to absurd_worker;
grant execute on function absurd.deregister_worker(text) to absurd_worker;
grant execute on function absurd.diagnose() to absurd_worker;
grant execute on function absurd.due_schedules(integer) to absurd_worker;
grant execute on function absurd.fail_schedule(text,integer,text,text) to absurd_worker;
grant execute on function absurd.fail_task(uuid,integer,text,text,boolean,boolean,jsonb) to absurd_worker;
grant execute on function absurd.fail_tasks(json) to absurd_worker;
grant execute on function absurd.fire_schedule(text,integer,timestamp with time zone,timestamp with time zone,timestamp with time zone,jsonb) to absurd_worker;
grant execute on function absurd.follow_events() to absurd_worker;
grant execute on function absurd.forget_reservations(text,bigint[]) to absurd_worker;
grant execute on function absurd.get_queue_stats(text) to absurd_worker;
grant execute on function absurd.get_task(uuid) to absurd_worker;
grant execute on function absurd.get_workflow(uuid) to absurd_worker;
grant execute on function absurd.handshake(integer) to absurd_worker;
grant execute on function absurd.heartbeat_task(uuid,integer) to absurd_worker;
grant execute on function absurd.heartbeat_worker(text,jsonb,jsonb) to absurd_worker;
grant execute on function absurd.list_tasks(jsonb,integer) to absurd_worker;
grant execute on function absurd.prune(double precision,integer) to absurd_worker;
grant execute on function absurd.recover_claims(integer,double precision) to absurd_worker;
grant execute on function absurd.register_scheduler(text,jsonb) to absurd_worker;
grant execute on function absurd.register_worker(text,jsonb) to absurd_worker;
grant execute on function absurd.release_reserved(bigint,uuid[]) to absurd_worker;
grant execute on function absurd.release_tasks(json) to absurd_worker;
grant execute on function absurd.report_progress(json) to absurd_worker;
grant execute on function absurd.schema_version() to absurd_worker;
