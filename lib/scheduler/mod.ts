/**
 * Cron schedules: the scheduler that fires them, and when they are due.
 *
 * @example The next times at which a schedule would run
 * ```ts
 * import { Timetable } from "@dsa110/absurd/scheduler";
 * import assert from "node:assert/strict";
 *
 * const nightly = new Timetable({ cronExpression: "0 3 * * *", timezone: "America/Los_Angeles" });
 * const [first] = nightly.list(new Date("2026-06-01T00:00:00Z"), 1);
 * assert.equal(first.toISOString(), "2026-06-01T10:00:00.000Z");
 * ```
 *
 * @module
 */

export { AbsurdScheduler, type SchedulerOptions, type SchedulerRunOptions } from "./scheduler.ts";
export type { SchedulerEvent, SchedulerEventListener, SchedulerSummary } from "./events.ts";
export { AbsurdConfig, type Environment } from "../config.ts";
export type { Chain } from "../chain.ts";
export type { ChainEdge, ChainStep, ChainStepOptions, WholeStep } from "../chain_step.ts";
export type { JsonObject, JsonValue } from "../task.ts";
export type {
  MissedPolicy,
  OverlapPolicy,
  Schedule,
  ScheduledChain,
  ScheduleDefinition,
  SchedulerInfo,
  ScheduleRules,
  ScheduleRun,
} from "./documents.ts";
export { Timetable, type TimetableOptions } from "./timetable.ts";
export {
  compareSchedules,
  type ScheduleChange,
  type ScheduleDefaults,
  type ScheduleDifference,
} from "./sync.ts";
export { loadSchedules } from "./load_schedules.ts";
export { readTime } from "./zone.ts";
