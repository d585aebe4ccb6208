/**
 * From the state of queues, workers and schedules to a verdict.
 *
 * @module
 */

import type { QueueStatus, Status, WorkerInfo } from "@dsa110/absurd";
import { duration, relativeTime } from "../format.ts";
import { describeUnused } from "../queue/unused.ts";
import { DEFAULT_THRESHOLDS, type Threshold, type Thresholds } from "./thresholds.ts";

/** How bad it is. */
export type HealthLevel = "ok" | "warning" | "critical";

/** A verdict and what led to it. */
export interface Health {
  /** The worst of all problems' levels. */
  readonly level: HealthLevel;
  /** One sentence each. */
  readonly problems: string[];
}

/** Exit codes of monitoring plugins. */
export const HEALTH_EXIT_CODES: Readonly<Record<HealthLevel, number>> = { ok: 0, warning: 1, critical: 2 };

interface Problem {
  level: HealthLevel;
  text: string;
}

/** Schedulers fire within a second. */
const OVERDUE_MS = 60_000;

/** Three looks of a monitoring system that looks every five minutes: long enough to tell of workers that keep dying. */
const RECENTLY_LOST_MS = 15 * 60_000;

/** What a verdict is made of. */
export interface Observation {
  /** The state of everything. */
  readonly status: Status;
  /** How long the database took to answer, in milliseconds. */
  readonly latencyMs: number;
  /** The queue that was asked for, if it was one. */
  readonly queueName?: string;
}

/**
 * Judges the state of queues, workers and schedules. Ages are measured by the database's clock.
 *
 * @param thresholds From where on something is bad.
 */
export function assess(
  { status, latencyMs, queueName }: Observation,
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
): Health {
  const problems = [
    ...over(latencyMs, thresholds.latencyMs, `The database took ${duration(latencyMs)} to answer`),
    ...queueName === undefined ? [] : nameProblems(queueName, status),
    ...status.queues.flatMap((queue) => queueProblems(queue, status, thresholds)),
    ...scheduleProblems(status),
    ...deadLetterProblems(status, thresholds),
  ];
  const levels = problems.map(({ level }) => level);
  const level = levels.includes("critical") ? "critical" : levels.includes("warning") ? "warning" : "ok";
  return { level, problems: problems.map(({ text }) => text) };
}

/** A name that is misspelt would be healthy for ever. */
function nameProblems(name: string, { queues }: Status): Problem[] {
  const unused = describeUnused(name, queues.find(({ queueName }) => queueName === name));
  return unused ? [{ level: "warning", text: unused }] : [];
}

/** A paused queue may be long and old: somebody wants it so. */
function queueProblems(queue: QueueStatus, status: Status, thresholds: Thresholds): Problem[] {
  if (queue.paused) return [];
  const { queueName, ready, oldestReadyAt } = queue;
  const ageMs = oldestReadyAt ? status.at.getTime() - oldestReadyAt.getTime() : 0;
  return [
    ...over(ready, thresholds.ready, `Queue ${queueName} has ${ready} ready tasks`),
    ...over(
      ageMs / 1000,
      thresholds.ageSec,
      `A task of queue ${queueName} has been ready for ${duration(ageMs)}`,
    ),
    ...workerProblems(queue, status),
    ...idleProblems(queue, ageMs, status, thresholds),
  ];
}

/** Those that were lost long ago, with nothing in their hands, have been replaced where others live. */
function workerProblems({ queueName, ready }: QueueStatus, { at, workers }: Status): Problem[] {
  const serving = workers.filter(({ queueNames }) => queueNames.includes(queueName));
  const live = serving.filter((worker) => worker.live);
  if (ready > 0 && live.length === 0) {
    return [{ level: "critical", text: `No live worker serves queue ${queueName}, which has ready tasks` }];
  }
  const lost = serving.filter((worker) => !worker.live && (live.length === 0 || isMissed(worker, at))).length;
  if (lost <= live.length) return [];
  return [{
    level: "warning",
    text: `${lost} of ${lost + live.length} workers of queue ${queueName} are lost`,
  }];
}

function isMissed({ heartbeatAt, tasks, reserved }: WorkerInfo, at: Date): boolean {
  return tasks.length > 0 || reserved > 0 || at.getTime() - heartbeatAt.getTime() <= RECENTLY_LOST_MS;
}

/** Long tasks that live workers are busy with explain it, though somebody may want to look. */
function idleProblems(
  { queueName, ready, claimed, lastCompletedAt }: QueueStatus,
  ageMs: number,
  { at, workers }: Status,
  { idleSec }: Thresholds,
): Problem[] {
  const idleMs = lastCompletedAt ? at.getTime() - lastCompletedAt.getTime() : Infinity;
  // a task that has only just become ready says nothing
  if (ready === 0 || Math.min(idleMs, ageMs) <= idleSec * 1000) return [];
  const isBusy = claimed > 0 &&
    workers.some(({ live, queueNames }) => live && queueNames.includes(queueName));
  const since = idleMs === Infinity ? "for an hour or more" : `for ${duration(idleMs)}`;
  return [{
    level: isBusy ? "warning" : "critical",
    text: `No task of queue ${queueName} has completed ${since}, though some are ready`,
  }];
}

/** What was paused by an error needs somebody; what was paused by somebody does not. */
function scheduleProblems({ at, schedules, schedulers }: Status): Problem[] {
  const bad = schedules.filter(({ error }) => error !== null);
  const active = schedules.filter(({ state }) => state === "active");
  const overdue = active.filter(({ nextRunAt }) => at.getTime() - nextRunAt!.getTime() > OVERDUE_MS);
  const isUnattended = active.length > 0 && !schedulers.some(({ live }) => live);
  return [
    ...bad.map(({ name, error }): Problem => ({
      level: "warning",
      text: `Schedule ${name} is paused: ${error}`,
    })),
    ...overdue.map(({ name, nextRunAt }): Problem => ({
      level: "critical",
      text: `Schedule ${name} was due ${relativeTime(nextRunAt, at)} and has not been fired`,
    })),
    ...isUnattended ? [{ level: "warning" as const, text: "No live scheduler fires the schedules" }] : [],
  ];
}

function deadLetterProblems({ queues }: Status, thresholds: Thresholds): Problem[] {
  const count = countDeadLetters(queues);
  const text = count === 1 ? "1 dead letter waits" : `${count} dead letters wait`;
  return over(count, thresholds.deadLetters, `${text} to be replayed or purged`);
}

/** Dead letters of all queues that were not replayed. */
export function countDeadLetters(queues: readonly QueueStatus[]): number {
  return queues.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
}

function over(value: number, [warning, critical]: Threshold, text: string): Problem[] {
  if (value > critical) return [{ level: "critical", text }];
  return value > warning ? [{ level: "warning", text }] : [];
}
