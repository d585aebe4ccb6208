/**
 * Workers: claim tasks and run them, as programs by a manifest of stages, or in this process by a function.
 *
 * @example Run the stages of a manifest
 * ```ts ignore
 * import { AbsurdConfig } from "@dsa110/absurd";
 * import {
 *   AbsurdWorker,
 *   createPipelineExecutor,
 *   loadManifest,
 *   manifestSettings,
 * } from "@dsa110/absurd/worker";
 *
 * const config = AbsurdConfig.fromEnv();
 * const manifest = await loadManifest("./absurd.json");
 * const worker = new AbsurdWorker(config, createPipelineExecutor(manifest, config), {
 *   settings: manifestSettings(manifest),
 *   onEvent: (event) => console.error(event.type),
 * });
 * const stop = new AbortController();
 * Deno.addSignalListener("SIGTERM", () => stop.abort());
 * await worker.run({ signal: stop.signal });
 * ```
 *
 * @module
 */

export { AbsurdWorker, type RunOptions, type WorkerOptions } from "./worker.ts";
export { describeShortLease } from "./heartbeat.ts";
export type { AttemptEvent, WorkerEvent, WorkerEventListener, WorkerSummary } from "./events.ts";
export type { AbsurdConfig } from "../config.ts";
export type {
  AttemptReport,
  ClaimedTask,
  JsonObject,
  JsonValue,
  StopReason,
  TaskContext,
  TaskExecutor,
} from "../task.ts";
export { type FailureReason, TaskFailure } from "../errors.ts";
export { createPipelineExecutor, type PipelineExecutorOptions } from "../stage/executor.ts";
export { executePipelineTask } from "../stage/default_executor.ts";
export { type AuditOptions, auditStage, type StageAudit } from "../stage/audit.ts";
export { checkPrograms, describeUnsafe, requireDeno } from "../stage/check.ts";
export {
  defaultManifestPath,
  findManifest,
  loadManifest,
  type Manifest,
  type ManifestSettings,
  manifestSettings,
  selectStages,
  type StageSettings,
} from "../stage/manifest.ts";
export type { StageDefinition, WarmSettings } from "../stage/manifest_stage.ts";
export { detectLauncher, type Launcher, type Supervisor, type TreeForm } from "../stage/launcher.ts";
export { PERMISSION_KINDS, type PermissionKind, type Permissions } from "../stage/permissions.ts";
export type { Placeholder, Template } from "../stage/template.ts";
