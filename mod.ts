/**
 * A durable task queue whose state and logic live in PostgreSQL functions.
 *
 * Tasks are spawned here, alone or as chains; workers (`@dsa110/absurd/worker`)
 * run them. A task is never lost, its result is accepted once, and whatever happened to it can be looked up.
 *
 * @example Spawn a task and a chain, and wait
 * ```ts
 * import { AbsurdClient, AbsurdConfig, STANDARD_PIPELINE_CHAIN } from "@dsa110/absurd";
 *
 * const { databaseUrl } = AbsurdConfig.fromEnv();
 * if (databaseUrl) { // nothing happens without ABSURD_DATABASE_URL
 *   await using client = await AbsurdClient.fromEnv().connect();
 *   const taskId = await client.spawn("image", { visset: "/data/scan.visset" }, { priority: 10 });
 *   await client.cancelTask(taskId, { reason: "only an example" });
 *   const task = await client.waitForTask(taskId, { timeoutSec: 60 });
 *   console.log(task.status, STANDARD_PIPELINE_CHAIN.steps.map((step) => step.name));
 * }
 * ```
 *
 * @module
 */

export { AbsurdClient } from "./lib/client.ts";
export { type AbsurdClientOptions, ClientConnection } from "./lib/client/connection.ts";
export {
  SpawningClient,
  type SpawnManyResult,
  type SpawnOptions,
  type SpawnResult,
  type SpawnSpec,
} from "./lib/client/spawning.ts";
export { ChainingClient, type SpawnChainOptions, type SpawnChainResult } from "./lib/client/chaining.ts";
export { BatchClient, type SpawnBatchesOptions, type SpawnBatchesResult } from "./lib/client/batch.ts";
export {
  type DeadLetterFilter,
  type DeadLetterListFilter,
  type LogCursor,
  ReadingClient,
  type TaskFilter,
  type WorkflowFilter,
} from "./lib/client/reading.ts";
export { BulkClient, type BulkOptions, type BulkResult } from "./lib/client/bulk.ts";
export { type CancelOptions, OperatingClient, type RecoveredClaim } from "./lib/client/operating.ts";
export {
  type Limit,
  type LimitScope,
  MaintainingClient,
  type PruneOptions,
  type PruneResult,
  type Usage,
} from "./lib/client/maintaining.ts";
export type {
  AncestorReason,
  ClaimReason,
  EndReason,
  Explanation,
  FreeingReason,
  KeyHolder,
  LimitReason,
  NotOfferedReason,
  ParentReason,
  PausedReason,
  Reason,
  ReasonFacts,
  ReservedReason,
  TurnReason,
  WaitReason,
  WayOut,
} from "./lib/explanation.ts";
export { FollowingClient } from "./lib/client/following.ts";
export { parseExactJson } from "./lib/exact_json.ts";
export { decodeUtf8, readUtf8File } from "./lib/text_file.ts";
export type { EventDetail, EventFilter, EventOptions, QueueEvent } from "./lib/events/event.ts";
export {
  type SaveScheduleOptions,
  type ScheduleRunOptions,
  SchedulingClient,
} from "./lib/client/scheduling.ts";
export type {
  MissedPolicy,
  OverlapPolicy,
  Schedule,
  ScheduledChain,
  ScheduleDefinition,
  SchedulerInfo,
  ScheduleRules,
  ScheduleRun,
} from "./lib/scheduler/documents.ts";
export { readTime } from "./lib/scheduler/zone.ts";
export type { WaitOptions } from "./lib/client/waiting.ts";
export { AbsurdConfig, type Environment, requireDatabaseUrl } from "./lib/config.ts";
export { type Setting, SETTINGS } from "./lib/settings.ts";
export {
  CALIBRATOR_CHAIN,
  type Chain,
  CHAINS,
  parseChain,
  QUICK_IMAGING_CHAIN,
  STANDARD_PIPELINE_CHAIN,
  TARGET_CHAIN,
} from "./lib/chain.ts";
export type { ChainEdge, ChainStep, ChainStepOptions, WholeStep } from "./lib/chain_step.ts";
export type {
  Attempt,
  DeadLetter,
  LogEntry,
  ParentFailurePolicy,
  Progress,
  QueueStats,
  Task,
  TaskChild,
  TaskDependency,
  WorkerInfo,
  Workflow,
} from "./lib/documents.ts";
export type { Diagnosis } from "./lib/diagnosis.ts";
export type { LastError, QueueStatus, ScheduleState, Status } from "./lib/status.ts";
export {
  type JsonObject,
  type JsonValue,
  PENDING_STATES,
  TASK_STATES,
  type TaskState,
  type TaskStatus,
} from "./lib/task.ts";
export { redactUrl } from "./lib/database_url.ts";
export { parseDuration } from "./lib/duration.ts";
export * from "./lib/errors.ts";
export type { InstallOptions, InstallResult } from "./lib/schema.ts";
export type { InstallPlan } from "./lib/schema_check.ts";
export type { UnmendedObject } from "./lib/schema_remedies.ts";
export { type SchemaOptions, schemaSql } from "./lib/schema_script.ts";
export { SCHEMA_VERSION, VERSION } from "./lib/version.ts";
