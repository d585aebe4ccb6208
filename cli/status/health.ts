/**
 * From the state of queues, workers and schedules to a verdict.
 *
 * @module
 */

import type { QueueStats } from "@dsa110/absurd";
import { duration, relativeTime } from "../format.ts";
import type { Status } from "./read.ts";

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

const READY_COUNT = { warning: 500, critical: 1000 };
/** Schedulers fire within a second. */
const OVERDUE_MS = 60_000;
const OLDEST_READY_MS = { warning: 10 * 60_000, critical: 60 * 60_000 };

/**
 * Judges the state of queues, workers and schedules.
 *
 * @param now What ages are measured against.
 */
export function assess(status: Status, now: Date = new Date()): Health {
  const problems = [
    ...status.queues.flatMap((queue) => [...queueProblems(queue, now), ...workerProblems(queue, status)]),
    ...scheduleProblems(status, now),
  ];
  if (status.deadLetters > 0) {
    const count = status.deadLetters === 1
      ? "1 dead letter waits"
      : `${status.deadLetters} dead letters wait`;
    problems.push({ level: "warning", text: `${count} to be replayed or purged` });
  }
  const levels = problems.map(({ level }) => level);
  const level = levels.includes("critical") ? "critical" : levels.includes("warning") ? "warning" : "ok";
  return { level, problems: problems.map(({ text }) => text) };
}

/** A paused queue may be long and old: somebody wants it so. */
function queueProblems(queue: QueueStats, now: Date): Problem[] {
  if (queue.paused) return [];
  const ageMs = queue.oldestReadyAt ? now.getTime() - queue.oldestReadyAt.getTime() : 0;
  return [
    ...overThreshold(queue.ready, READY_COUNT, `Queue ${queue.queueName} has ${queue.ready} ready tasks`),
    ...overThreshold(
      ageMs,
      OLDEST_READY_MS,
      `A task of queue ${queue.queueName} is ready since ${duration(ageMs)}`,
    ),
  ];
}

function workerProblems(queue: QueueStats, { workers }: Status): Problem[] {
  if (queue.paused || queue.ready === 0) return [];
  if (workers.some(({ live, queueNames }) => live && queueNames.includes(queue.queueName))) return [];
  return [{
    level: "critical",
    text: `No live worker serves queue ${queue.queueName}, which has ready tasks`,
  }];
}

/** What was paused by an error needs somebody; what was paused by somebody does not. */
function scheduleProblems({ schedules, schedulers }: Status, now: Date): Problem[] {
  const bad = schedules.filter(({ error }) => error !== null);
  const active = schedules.filter(({ state }) => state === "active");
  const overdue = active.filter(({ nextRunAt }) => now.getTime() - nextRunAt!.getTime() > OVERDUE_MS);
  const isUnattended = active.length > 0 && !schedulers.some(({ live }) => live);
  return [
    ...bad.map(({ name, error }): Problem => ({
      level: "warning",
      text: `Schedule ${name} is paused: ${error}`,
    })),
    ...overdue.map(({ name, nextRunAt }): Problem => ({
      level: "critical",
      text: `Schedule ${name} was due ${relativeTime(nextRunAt, now)} and has not been fired`,
    })),
    ...isUnattended ? [{ level: "warning" as const, text: "No live scheduler fires the schedules" }] : [],
  ];
}

function overThreshold(
  value: number,
  threshold: { warning: number; critical: number },
  text: string,
): Problem[] {
  if (value > threshold.critical) return [{ level: "critical", text }];
  return value > threshold.warning ? [{ level: "warning", text }] : [];
}
