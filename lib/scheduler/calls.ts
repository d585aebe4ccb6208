/**
 * The functions of the database that a scheduler calls, with our names around them.
 *
 * @module
 */

import { type DatabaseCalls, json } from "../database.ts";
import { fromDocument } from "../document.ts";
import { shakeHands } from "../handshake.ts";
import { callsWith } from "../worker/connection.ts";
import type { Schedule, ScheduleRun } from "./documents.ts";
import type { Firing } from "./plan.ts";

/** Schedules that one look brings at most. */
const LOOK_SIZE = 100;

/** Who the scheduler is. */
export interface SchedulerIdentity {
  /** Id, unique for each start. */
  readonly schedulerId: string;
  /** Host. */
  readonly hostname: string;
  /** Process. */
  readonly pid: number;
  /** Version of this package. */
  readonly version: string;
  /** Seconds without a heartbeat after which it counts as gone. */
  readonly leaseSec: number;
}

/** What is due. */
export interface Look {
  /** The database's time. */
  readonly nowAt: Date;
  /** Active schedules whose next run has come, the longest waiting first. */
  readonly schedules: Schedule[];
  /** Seconds until the next run of another one; null when there is none. */
  readonly waitSec: number | null;
}

/** Calls functions of the database in the name of one scheduler. */
export class SchedulerCalls {
  readonly #database: DatabaseCalls;
  readonly #identity: SchedulerIdentity;

  /** Calls over `database`. */
  constructor(database: DatabaseCalls, identity: SchedulerIdentity) {
    this.#database = database;
    this.#identity = identity;
  }

  /** The same calls, but each waits for its answer for so many seconds. */
  answeredWithin(answerWithinSec: number): SchedulerCalls {
    return new SchedulerCalls(callsWith({ answerWithinSec }, this.#database), this.#identity);
  }

  /**
   * Tells that the scheduler is there; also its heartbeat.
   *
   * @throws SchemaError when the schema does not go together with this program.
   */
  async register(): Promise<void> {
    await shakeHands(this.#database);
    const { schedulerId, hostname, pid, version, leaseSec } = this.#identity;
    const info = json({ hostname, pid, version, lease_sec: leaseSec });
    await this.#database.call("register_scheduler", { scheduler_id: schedulerId, info }, { retry: true });
  }

  /** Tells that the scheduler is gone. */
  async deregister(signal: AbortSignal): Promise<void> {
    const { schedulerId } = this.#identity;
    await this.#database.call("deregister_scheduler", { scheduler_id: schedulerId }, { retry: true, signal });
  }

  /** Looks what is due. */
  async look(): Promise<Look> {
    const options = { retry: true };
    const [row] = await this.#database.call("due_schedules", { limit: LOOK_SIZE }, options);
    return fromDocument<Look>(row.due_schedules);
  }

  /**
   * Fires one due time. May be carried out twice: the second time finds that the due time has moved on.
   *
   * @returns What became of it; null when somebody else did it, or the schedule was changed.
   */
  async fire(schedule: Schedule, firing: Firing): Promise<ScheduleRun | null> {
    const { expectedDueAt, dueAt, nextDueAt, missedCount, skipReason, note } = firing;
    const [row] = await this.#database.call("fire_schedule", {
      name: schedule.name,
      revision: schedule.revision,
      expected_due_at: expectedDueAt,
      due_at: dueAt,
      next_due_at: nextDueAt,
      options: json({
        missed_count: missedCount,
        first_missed_at: missedCount > 0 ? expectedDueAt : undefined,
        skip_reason: skipReason,
        note,
        scheduler_id: this.#identity.schedulerId,
      }),
    }, { retry: true });
    return fromDocument<ScheduleRun | null>(row.fire_schedule);
  }

  /**
   * Pauses a schedule that cannot be fired.
   *
   * @returns What became of its due time; null when the schedule was changed meanwhile.
   */
  async fail(schedule: Schedule, error: string): Promise<ScheduleRun | null> {
    const [row] = await this.#database.call("fail_schedule", {
      name: schedule.name,
      revision: schedule.revision,
      error,
      scheduler_id: this.#identity.schedulerId,
    }, { retry: true });
    return fromDocument<ScheduleRun | null>(row.fail_schedule);
  }

  /** Takes claims back whose workers do not answer; returns how many. */
  async recover(limit: number): Promise<number> {
    return (await this.#database.call("recover_claims", { limit })).length;
  }
}
