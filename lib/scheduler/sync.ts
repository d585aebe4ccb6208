/**
 * What has to change so that the database has the schedules of a manifest.
 *
 * @module
 */

import { type Chain, wholeStep } from "../chain.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { JsonValue } from "../task.ts";
import type { Schedule, ScheduleDefinition } from "./documents.ts";
import { Timetable } from "./timetable.ts";

/** A field that differs. */
export interface ScheduleDifference {
  /** Name of the field, as in {@linkcode Schedule}. */
  readonly field: string;
  /** What the database has; null = nothing. */
  readonly before: JsonValue;
  /** What the manifest has; null = nothing. */
  readonly after: JsonValue;
}

/** One schedule that has to be changed. */
export type ScheduleChange =
  | { readonly action: "add"; readonly name: string; readonly definition: ScheduleDefinition }
  | {
    readonly action: "change";
    readonly name: string;
    readonly definition: ScheduleDefinition;
    readonly differences: ScheduleDifference[];
  }
  | { readonly action: "remove"; readonly name: string };

/** What definitions mean where they say nothing. */
export type ScheduleDefaults = Pick<ScheduleDefinition, "maxRetries" | "dlqEnabled"> & {
  /** Queue. */
  readonly queueName: string;
};

/**
 * Compares the schedules of a manifest with those of the database. Schedules that were added by hand are changed when
 * the manifest has one of the same name, and left alone otherwise.
 *
 * @param definitions Schedules of the manifest.
 * @param schedules Schedules of the database.
 * @param defaults Those of the client that will save them.
 * @returns What to do, by name.
 * @throws InvalidArgumentError naming the schedule whose expression or zone cannot be used.
 */
export function compareSchedules(
  definitions: readonly ScheduleDefinition[],
  schedules: readonly Schedule[],
  defaults: ScheduleDefaults,
): ScheduleChange[] {
  const existing = new Map(schedules.map((schedule) => [schedule.name, schedule]));
  const changes = definitions.flatMap((definition): ScheduleChange[] => {
    checkTimes(definition);
    const { name } = definition;
    const schedule = existing.get(name);
    if (!schedule) return [{ action: "add", name, definition }];
    const differences = compare(
      comparable(schedule),
      comparable({ ...definition, ...given(definition, defaults) }),
    );
    return differences.length > 0 ? [{ action: "change", name, definition, differences }] : [];
  });
  const names = new Set(definitions.map(({ name }) => name));
  const gone = schedules.filter(({ name, synced }) => synced && !names.has(name));
  return [...changes, ...gone.map(({ name }): ScheduleChange => ({ action: "remove", name }))]
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Before anything is changed, because the changes are made one by one. */
function checkTimes(definition: ScheduleDefinition): void {
  try {
    new Timetable({ ...definition, timezone: definition.timezone ?? "UTC" });
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError(`Schedule ${definition.name}: ${error.message}`, {
      hint: error.hint,
      cause: error,
    });
  }
}

function given(definition: ScheduleDefinition, defaults: ScheduleDefaults): Partial<ScheduleDefinition> {
  return {
    queueName: definition.queueName ?? defaults.queueName,
    maxRetries: definition.maxRetries ?? defaults.maxRetries,
    dlqEnabled: definition.dlqEnabled ?? defaults.dlqEnabled,
  };
}

/** What counts in a comparison, with the defaults of the database. */
function comparable(schedule: Schedule | ScheduleDefinition): Record<string, JsonValue> {
  const { chain } = schedule;
  const values: Record<string, unknown> = {
    description: schedule.description,
    cronExpression: schedule.cronExpression,
    timezone: schedule.timezone ?? "UTC",
    startsAt: schedule.startsAt,
    endsAt: schedule.endsAt,
    jitterSec: schedule.jitterSec ?? 0,
    missed: schedule.missed ?? "once",
    missedLimit: schedule.missedLimit ?? 100,
    graceSec: schedule.graceSec ?? 60,
    overlap: schedule.overlap ?? "allow",
    queueName: schedule.queueName,
    taskName: schedule.taskName,
    chain: chain && { name: chain.name, steps: comparableSteps(chain) },
    params: schedule.params ?? {},
    priority: schedule.priority,
    maxRetries: schedule.maxRetries,
    timeoutSec: schedule.timeoutSec,
    dlqEnabled: schedule.dlqEnabled,
    synced: schedule.synced ?? false,
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, plain(value)]));
}

function comparableSteps(chain: NonNullable<(Schedule | ScheduleDefinition)["chain"]>): unknown[] {
  return chain.steps.map((step, index) => {
    // only a chain of the library's own form has a step without the name of a task
    return "taskName" in step ? step : wholeStep(chain as Chain, index);
  });
}

/** As JSON has it, with keys in order: the database has an order of its own. */
function plain(value: unknown): JsonValue {
  if (value === undefined || value === null) return null;
  return JSON.parse(JSON.stringify(value, (_, item) => {
    const isObject = typeof item === "object" && item !== null && !Array.isArray(item);
    return isObject ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => a < b ? -1 : 1)) : item;
  }));
}

function compare(before: Record<string, JsonValue>, after: Record<string, JsonValue>): ScheduleDifference[] {
  return Object.keys(after)
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => ({ field, before: before[field], after: after[field] }));
}
