/**
 * What the database tells about schedules, and what is told to it.
 *
 * @module
 */

import { type Chain, stepDocument } from "../chain.ts";
import type { WholeStep } from "../chain_step.ts";
import type { JsonObject } from "../task.ts";

/** What happens to due times that passed without a scheduler. */
export type MissedPolicy = "skip" | "once" | "all";

/** Whether a schedule runs while a run of it is unfinished. */
export type OverlapPolicy = "allow" | "skip";

/** When a schedule is due, and what it does then. */
export interface ScheduleRules {
  /** Cron expression of five fields, six with seconds first, or an alias such as `@daily`. */
  readonly cronExpression: string;
  /** Not due before this time. */
  readonly startsAt?: Date | null;
  /** Not due after this time. */
  readonly endsAt?: Date | null;
  /** What it is for, in words. */
  readonly description?: string | null;
  /** Higher is claimed first. */
  readonly priority?: number | null;
  /** Retries after the first failure. */
  readonly maxRetries?: number | null;
  /** Time limit of an attempt, in seconds. */
  readonly timeoutSec?: number | null;
  /** Upper bound of the first wait before a retry, in seconds. */
  readonly backoffBaseSec?: number | null;
  /** Upper bound of any wait before a retry, in seconds. */
  readonly backoffCapSec?: number | null;
  /** Whether tasks get a dead letter when they fail. */
  readonly dlqEnabled?: boolean | null;
}

/** A schedule to add. It spawns either a task or a chain. */
export interface ScheduleDefinition extends ScheduleRules {
  /** Name, unique in the database. */
  readonly name: string;
  /** Zone of the IANA database on whose clock the expression is read. @default {"UTC"} */
  readonly timezone?: string;
  /** Task to spawn. */
  readonly taskName?: string;
  /** Chain to spawn, as it is now. */
  readonly chain?: Chain;
  /** Parameters; `{due_at}` in a text stands for the due time. @default {{}} */
  readonly params?: JsonObject;
  /** Queue. @default the client's queue */
  readonly queueName?: string;
  /** What happens to due times that passed without a scheduler. @default {"once"} */
  readonly missed?: MissedPolicy;
  /** With `missed: "all"`: how many of the newest are run. @default {100} */
  readonly missedLimit?: number;
  /** With `missed: "skip"`: how late a due time may be fired, in seconds. @default {60} */
  readonly graceSec?: number;
  /** Whether it runs while a run of it is unfinished. @default {"allow"} */
  readonly overlap?: OverlapPolicy;
  /** Runs at a fixed moment, decided by its name, within so many seconds after each due time. @default {0} */
  readonly jitterSec?: number;
  /** Whether it stands in a manifest. @default {false} */
  readonly synced?: boolean;
}

/** A chain as the database keeps it with a schedule. */
export interface ScheduledChain {
  /** Name of the chain. */
  readonly name: string;
  /** Its steps, in order. */
  readonly steps: readonly WholeStep[];
}

/** A schedule. */
export interface Schedule extends ScheduleRules {
  /** Name. */
  readonly name: string;
  /** `ended` when there is no further due time. */
  readonly state: "active" | "paused" | "ended";
  /** Why a scheduler paused it. */
  readonly error: string | null;
  /** Zone of the IANA database. */
  readonly timezone: string;
  /** Task to spawn. */
  readonly taskName: string | null;
  /** Chain to spawn. */
  readonly chain: ScheduledChain | null;
  /** Parameters. */
  readonly params: JsonObject;
  /** Queue. */
  readonly queueName: string;
  /** What happens to due times that passed without a scheduler. */
  readonly missed: MissedPolicy;
  /** With `missed: "all"`: how many of the newest are run. */
  readonly missedLimit: number;
  /** With `missed: "skip"`: how late a due time may be fired, in seconds. */
  readonly graceSec: number;
  /** Whether it runs while a run of it is unfinished. */
  readonly overlap: OverlapPolicy;
  /** Bound of the distance between due times and runs, in seconds. */
  readonly jitterSec: number;
  /** That distance, in seconds. */
  readonly offsetSec: number;
  /** Whether it stands in a manifest. */
  readonly synced: boolean;
  /** Number of its last change. */
  readonly revision: number;
  /** Next due time; null unless active. */
  readonly nextDueAt: Date | null;
  /** When that will be fired. */
  readonly nextRunAt: Date | null;
  /** Due time that was handled last. */
  readonly lastDueAt: Date | null;
  /** When it spawned something last. */
  readonly lastRunAt: Date | null;
  /** When it was added. */
  readonly createdAt: Date;
  /** When it was changed last. */
  readonly updatedAt: Date;
  /** Newest line of its history; only in lists. */
  readonly lastRun?: ScheduleRun | null;
}

/** What became of a due time, or of a trigger. */
export interface ScheduleRun {
  /** UUIDv7. */
  readonly runId: string;
  /** The schedule. */
  readonly scheduleName: string;
  /** The due time; null when triggered by hand. */
  readonly dueAt: Date | null;
  /** When it was handled. */
  readonly firedAt: Date;
  /** `failed`: the schedule was paused. */
  readonly outcome: "spawned" | "skipped" | "failed";
  /** Why it was skipped or failed, or what is worth knowing. */
  readonly reason: string | null;
  /** Due times before this one that were passed over; counted to 1000. */
  readonly missedCount: number;
  /** The first of them. */
  readonly firstMissedAt: Date | null;
  /** Task that was spawned. */
  readonly taskId: string | null;
  /** Workflow that was spawned. */
  readonly workflowId: string | null;
  /** Status of the task or workflow now; null when there is none any more. */
  readonly status: string | null;
  /** Scheduler that did it. */
  readonly schedulerId: string | null;
}

/** A scheduler that registered. */
export interface SchedulerInfo {
  /** Id, unique for each start. */
  readonly schedulerId: string;
  /** Host. */
  readonly hostname: string;
  /** Process. */
  readonly pid: number;
  /** Version of this package. */
  readonly version: string;
  /** When it started. */
  readonly startedAt: Date;
  /** Last heartbeat. */
  readonly heartbeatAt: Date;
  /** Whether that was recent enough. */
  readonly live: boolean;
}

/** A chain as the database keeps it with a schedule: with what each step waits for, and keys in snake_case. */
export function chainDocument(chain: Chain): Record<string, unknown> {
  return {
    name: chain.name,
    steps: chain.steps.map((_, index) => stepDocument(chain, index)),
  };
}
