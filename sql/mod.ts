/**
 * The text of the schema, in the order in which it is run; nothing else. How to add to it: `sql/README.md`.
 *
 * @module
 */
import begin from "./begin.sql" with { type: "text" };
import lock from "./lock.sql" with { type: "text" };
import tables from "./migrations/0001_tables.sql" with { type: "text" };
import indexes from "./migrations/0002_indexes.sql" with { type: "text" };
import types from "./migrations/0003_types.sql" with { type: "text" };
import scheduledTasks from "./migrations/0004_scheduled_tasks.sql" with { type: "text" };
import limitsAndRetention from "./migrations/0005_limits_and_retention.sql" with { type: "text" };
import taskLogs from "./migrations/0006_task_logs.sql" with { type: "text" };
import counts from "./migrations/0007_counts.sql" with { type: "text" };
import operators from "./migrations/0008_operators.sql" with { type: "text" };
import noGuessedSettings from "./migrations/0009_no_guessed_settings.sql" with { type: "text" };
import eventLog from "./migrations/0010_event_log.sql" with { type: "text" };
import countsByStatement from "./migrations/0011_counts_by_statement.sql" with { type: "text" };
import eventBatches from "./migrations/0012_event_batches.sql" with { type: "text" };
import lighterEnds from "./migrations/0013_lighter_ends.sql" with { type: "text" };
import claimsAhead from "./migrations/0014_claims_ahead.sql" with { type: "text" };
import lighterRows from "./migrations/0015_lighter_rows.sql" with { type: "text" };
import lighterClaims from "./migrations/0016_lighter_claims.sql" with { type: "text" };
import chores from "./migrations/0017_chores.sql" with { type: "text" };
import lighterUpdates from "./migrations/0018_lighter_updates.sql" with { type: "text" };
import lighterGraphs from "./migrations/0019_lighter_graphs.sql" with { type: "text" };
import lighterChanges from "./migrations/0020_lighter_changes.sql" with { type: "text" };
import lighterChecks from "./migrations/0021_lighter_checks.sql" with { type: "text" };
import reservations from "./migrations/0022_reservations.sql" with { type: "text" };
import freeing from "./migrations/0023_freeing.sql" with { type: "text" };
import reservedChildren from "./migrations/0024_reserved_children.sql" with { type: "text" };
import retention from "./migrations/0025_retention.sql" with { type: "text" };
import tasksComments from "./comments/tasks.sql" with { type: "text" };
import recordsComments from "./comments/records.sql" with { type: "text" };
import countsComments from "./comments/counts.sql" with { type: "text" };
import eventsComments from "./comments/events.sql" with { type: "text" };
import schedulesComments from "./comments/schedules.sql" with { type: "text" };
import roles from "./roles.sql" with { type: "text" };
import grants from "./grants.sql" with { type: "text" };
import fingerprints from "./fingerprints.sql" with { type: "text" };
import skyTables from "./extras/sky_tables.sql" with { type: "text" };
import skyFunctions from "./extras/sky_functions.sql" with { type: "text" };

import bulk from "./functions/bulk.sql" with { type: "text" };
import bulkUnblock from "./functions/bulk_unblock.sql" with { type: "text" };
import bench from "./functions/bench.sql" with { type: "text" };
import cancel from "./functions/cancel.sql" with { type: "text" };
import checks from "./functions/checks.sql" with { type: "text" };
import claim from "./functions/claim.sql" with { type: "text" };
import claimAlike from "./functions/claim_alike.sql" with { type: "text" };
import claimFind from "./functions/claim_find.sql" with { type: "text" };
import claimHints from "./functions/claim_hints.sql" with { type: "text" };
import claimLimits from "./functions/claim_limits.sql" with { type: "text" };
import claimPickBehind from "./functions/claim_pick_behind.sql" with { type: "text" };
import claimPick from "./functions/claim_pick.sql" with { type: "text" };
import claimShares from "./functions/claim_shares.sql" with { type: "text" };
import claimSteps from "./functions/claim_steps.sql" with { type: "text" };
import clock from "./functions/clock.sql" with { type: "text" };
import complete from "./functions/complete.sql" with { type: "text" };
import completeClaims from "./functions/complete_claims.sql" with { type: "text" };
import completeReserved from "./functions/complete_reserved.sql" with { type: "text" };
import completeRows from "./functions/complete_rows.sql" with { type: "text" };
import countTasks from "./functions/counts.sql" with { type: "text" };
import deadLetter from "./functions/dead_letter.sql" with { type: "text" };
import dependencies from "./functions/dependencies.sql" with { type: "text" };
import edges from "./functions/edges.sql" with { type: "text" };
import free from "./functions/free.sql" with { type: "text" };
import freeMore from "./functions/free_more.sql" with { type: "text" };
import events from "./functions/events.sql" with { type: "text" };
import eventsRead from "./functions/events_read.sql" with { type: "text" };
import diagnose from "./functions/diagnose.sql" with { type: "text" };
import explain from "./functions/explain.sql" with { type: "text" };
import explainReady from "./functions/explain_ready.sql" with { type: "text" };
import fail from "./functions/fail.sql" with { type: "text" };
import graph from "./functions/graph.sql" with { type: "text" };
import graphDepths from "./functions/graph_depths.sql" with { type: "text" };
import graphSteps from "./functions/graph_steps.sql" with { type: "text" };
import graphEdges from "./functions/graph_edges.sql" with { type: "text" };
import heartbeat from "./functions/heartbeat.sql" with { type: "text" };
import inputs from "./functions/inputs.sql" with { type: "text" };
import inputsBound from "./functions/inputs_bound.sql" with { type: "text" };
import install from "./functions/install.sql" with { type: "text" };
import json from "./functions/json.sql" with { type: "text" };
import keys from "./functions/keys.sql" with { type: "text" };
import limit from "./functions/limit.sql" with { type: "text" };
import locks from "./functions/locks.sql" with { type: "text" };
import log from "./functions/log.sql" with { type: "text" };
import moved from "./functions/moved.sql" with { type: "text" };
import notify from "./functions/notify.sql" with { type: "text" };
import outcome from "./functions/outcome.sql" with { type: "text" };
import priority from "./functions/priority.sql" with { type: "text" };
import prunable from "./functions/prunable.sql" with { type: "text" };
import prune from "./functions/prune.sql" with { type: "text" };
import pruneClock from "./functions/prune_clock.sql" with { type: "text" };
import pruneLook from "./functions/prune_look.sql" with { type: "text" };
import pruneRows from "./functions/prune_rows.sql" with { type: "text" };
import queue from "./functions/queue.sql" with { type: "text" };
import recovery from "./functions/recovery.sql" with { type: "text" };
import release from "./functions/release.sql" with { type: "text" };
import reopen from "./functions/reopen.sql" with { type: "text" };
import reportFilter from "./functions/report_filter.sql" with { type: "text" };
import reportQueue from "./functions/report_queue.sql" with { type: "text" };
import reportSchedule from "./functions/report_schedule.sql" with { type: "text" };
import reportStatus from "./functions/report_status.sql" with { type: "text" };
import reportTask from "./functions/report_task.sql" with { type: "text" };
import reportWorkflow from "./functions/report_workflow.sql" with { type: "text" };
import reserve from "./functions/reserve.sql" with { type: "text" };
import reserveBehind from "./functions/reserve_behind.sql" with { type: "text" };
import reserveBeside from "./functions/reserve_beside.sql" with { type: "text" };
import reserveFreeing from "./functions/reserve_freeing.sql" with { type: "text" };
import reserveHints from "./functions/reserve_hints.sql" with { type: "text" };
import reserved from "./functions/reserved.sql" with { type: "text" };
import reservedLost from "./functions/reserved_lost.sql" with { type: "text" };
import retry from "./functions/retry.sql" with { type: "text" };
import schedule from "./functions/schedule.sql" with { type: "text" };
import scheduleFire from "./functions/schedule_fire.sql" with { type: "text" };
import scheduleRead from "./functions/schedule_read.sql" with { type: "text" };
import scheduleRun from "./functions/schedule_run.sql" with { type: "text" };
import scheduleSpawn from "./functions/schedule_spawn.sql" with { type: "text" };
import settings from "./functions/settings.sql" with { type: "text" };
import sink from "./functions/sink.sql" with { type: "text" };
import spawn from "./functions/spawn.sql" with { type: "text" };
import spawnInsert from "./functions/spawn_insert.sql" with { type: "text" };
import spawnPlain from "./functions/spawn_plain.sql" with { type: "text" };
import spawnOptions from "./functions/spawn_options.sql" with { type: "text" };
import worker from "./functions/worker.sql" with { type: "text" };
import workflow from "./functions/workflow.sql" with { type: "text" };

/** Lock, guard against foreign schemas, and the installer's own tables. */
export const BEGIN: string = begin;

/** Takes the tables of a schema that is there. */
export const LOCK: string = lock;

/** Changes of tables, indexes and types; each runs once, in order. The version is the position, from 1. */
export const MIGRATIONS: readonly { readonly name: string; readonly text: string }[] = [
  { name: "0001_tables", text: tables },
  { name: "0002_indexes", text: indexes },
  { name: "0003_types", text: types },
  { name: "0004_scheduled_tasks", text: scheduledTasks },
  { name: "0005_limits_and_retention", text: limitsAndRetention },
  { name: "0006_task_logs", text: taskLogs },
  { name: "0007_counts", text: counts },
  { name: "0008_operators", text: operators },
  { name: "0009_no_guessed_settings", text: noGuessedSettings },
  { name: "0010_event_log", text: eventLog },
  { name: "0011_counts_by_statement", text: countsByStatement },
  { name: "0012_event_batches", text: eventBatches },
  { name: "0013_lighter_ends", text: lighterEnds },
  { name: "0014_claims_ahead", text: claimsAhead },
  { name: "0015_lighter_rows", text: lighterRows },
  { name: "0016_lighter_claims", text: lighterClaims },
  { name: "0017_chores", text: chores },
  { name: "0018_lighter_updates", text: lighterUpdates },
  { name: "0019_lighter_graphs", text: lighterGraphs },
  { name: "0020_lighter_changes", text: lighterChanges },
  { name: "0021_lighter_checks", text: lighterChecks },
  { name: "0022_reservations", text: reservations },
  { name: "0023_freeing", text: freeing },
  { name: "0024_reserved_children", text: reservedChildren },
  { name: "0025_retention", text: retention },
];

/** Functions by concern, re-applied at each installation; a function stands after those that SQL functions name. */
export const FUNCTIONS: readonly string[] = [
  clock,
  checks,
  countTasks,
  json,
  locks,
  moved,
  notify,
  keys,
  queue,
  limit,
  workflow,
  edges,
  free,
  freeMore,
  dependencies,
  settings,
  spawnOptions,
  spawnPlain,
  spawn,
  spawnInsert,
  graphSteps,
  graphDepths,
  graphEdges,
  graph,
  claimSteps,
  claimHints,
  claimLimits,
  claimShares,
  claimFind,
  claimPick,
  claimPickBehind,
  reserve,
  reserveBehind,
  reserveBeside,
  reserveFreeing,
  reserveHints,
  reserved,
  reservedLost,
  claim,
  claimAlike,
  heartbeat,
  inputs,
  inputsBound,
  outcome,
  sink,
  completeRows,
  complete,
  completeClaims,
  completeReserved,
  fail,
  release,
  recovery,
  cancel,
  retry,
  reopen,
  bulk,
  bulkUnblock,
  reportFilter,
  reportTask,
  reportWorkflow,
  reportQueue,
  deadLetter,
  priority,
  events,
  eventsRead,
  pruneClock,
  pruneLook,
  pruneRows,
  prune,
  prunable,
  explainReady,
  explain,
  worker,
  scheduleSpawn,
  scheduleRead,
  schedule,
  scheduleRun,
  reportSchedule,
  reportStatus,
  scheduleFire,
  log,
  diagnose,
  bench,
  install,
];

/** What each table and column is; re-applied at each installation. */
export const COMMENTS: string = tasksComments + recordsComments + countsComments + schedulesComments +
  eventsComments;

/** The roles, for installations that want them. */
export const ROLES: string = roles;

/** Privileges, with and without roles. */
export const GRANTS: string = grants;

/** What may be installed besides, by name. */
export const EXTRAS: Readonly<Record<string, string>> = { sky: skyTables + skyFunctions };

/** A query: what is installed, as (object, fingerprint). */
export const FINGERPRINTS: string = fingerprints;
