/**
 * The part of the client for schedules. What reads cron expressions is loaded by the methods that need it.
 *
 * @module
 */

import { json } from "../database.ts";
import { toDocument } from "../document.ts";
import { NotFoundError } from "../errors.ts";
import type { Schedule, ScheduleDefinition, SchedulerInfo, ScheduleRun } from "../scheduler/documents.ts";
import { callsOf } from "./connection.ts";
import { MaintainingClient } from "./maintaining.ts";

/** Reading twice does no harm. */
const RETRY = { retry: true };

/** How to save a schedule. */
export interface SaveScheduleOptions {
  /** Whether a schedule of the same name may be there. @default {false} */
  replace?: boolean;
}

/** Which lines of a history. */
export interface ScheduleRunOptions {
  /** At most so many, the newest. @default {50} */
  limit?: number;
}

/** Adds, changes, reads and triggers schedules. */
export class SchedulingClient extends MaintainingClient {
  /**
   * Adds a schedule, or replaces the one of the same name. What it would spawn is tried first, and undone. A
   * replacement keeps a pause, the history and, unless its times change, the next due time.
   *
   * @returns The schedule.
   * @throws InvalidArgumentError when expression or zone cannot be read, it is never due, or there is one already.
   * @throws InvalidGraphError, NotStorableError when what it would spawn is refused.
   */
  async saveSchedule(
    definition: ScheduleDefinition,
    { replace = false }: SaveScheduleOptions = {},
  ): Promise<Schedule> {
    const { Timetable } = await import("../scheduler/timetable.ts");
    const document = await this.#document(definition);
    const timetable = new Timetable({ ...definition, timezone: definition.timezone ?? "UTC" });
    return await callsOf(this).value<Schedule>("save_schedule", {
      schedule: json(document),
      next_due_at: timetable.require(await this.databaseTime()),
      replace,
    });
  }

  /** One schedule; null when there is none of this name. */
  async getSchedule(name: string): Promise<Schedule | null> {
    return await callsOf(this).value<Schedule | null>("get_schedule", { name }, RETRY);
  }

  /** All schedules by name, each with the newest line of its history. */
  async listSchedules(): Promise<Schedule[]> {
    return await callsOf(this).values<Schedule>("list_schedules", {}, RETRY);
  }

  /**
   * What became of the due times of a schedule, the newest first.
   *
   * @throws NotFoundError.
   */
  async listScheduleRuns(name: string, { limit }: ScheduleRunOptions = {}): Promise<ScheduleRun[]> {
    return await callsOf(this).values<ScheduleRun>("list_schedule_runs", { name, limit }, RETRY);
  }

  /**
   * Stops a schedule until it is resumed.
   *
   * @throws NotFoundError, WrongStatusError (it has ended).
   */
  async pauseSchedule(name: string): Promise<Schedule> {
    return await callsOf(this).value<Schedule>("pause_schedule", { name }, RETRY);
  }

  /**
   * Makes a schedule active again, next due after now: what passed meanwhile is not made up for.
   *
   * @throws NotFoundError; InvalidArgumentError when it is never due again.
   */
  async resumeSchedule(name: string): Promise<Schedule> {
    const { Timetable } = await import("../scheduler/timetable.ts");
    const schedule = await this.getSchedule(name);
    if (!schedule) throw new NotFoundError(`Schedule not found: ${name}`);
    return await callsOf(this).value<Schedule>("resume_schedule", {
      name,
      revision: schedule.revision,
      next_due_at: new Timetable(schedule).require(await this.databaseTime()),
    });
  }

  /**
   * Deletes a schedule with its history; what it spawned stays.
   *
   * @throws NotFoundError.
   */
  async removeSchedule(name: string): Promise<void> {
    await callsOf(this).value("remove_schedule", { name });
  }

  /**
   * Spawns what a schedule would, now, whatever its state; its due times stay as they are.
   *
   * @returns The line of its history.
   * @throws NotFoundError.
   */
  async triggerSchedule(name: string): Promise<ScheduleRun> {
    return await callsOf(this).value<ScheduleRun>("trigger_schedule", { name });
  }

  /** Schedulers that registered. */
  async listSchedulers(): Promise<SchedulerInfo[]> {
    return await callsOf(this).values<SchedulerInfo>("list_schedulers", {}, RETRY);
  }

  /** The database's time, which decides what is due. */
  async databaseTime(): Promise<Date> {
    return await callsOf(this).value<Date>("clock", {}, RETRY);
  }

  async #document(definition: ScheduleDefinition): Promise<Record<string, unknown>> {
    const { chainDocument } = await import("../scheduler/documents.ts");
    const { queueName, maxRetries, dlqEnabled } = callsOf(this).options;
    const { chain, ...rest } = definition;
    return toDocument({
      ...rest,
      timezone: definition.timezone ?? "UTC",
      chain: chain && chainDocument(chain),
      queueName: definition.queueName ?? queueName,
      maxRetries: definition.maxRetries ?? maxRetries,
      dlqEnabled: definition.dlqEnabled ?? dlqEnabled,
    });
  }
}
