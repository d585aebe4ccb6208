/**
 * What a scheduler tells while it runs.
 *
 * @module
 */

import type { ScheduleRun } from "./documents.ts";

/** How many due times ended how, in one scheduler. */
export interface SchedulerSummary {
  /** A task or workflow was spawned. */
  spawned: number;
  /** Passed over, by a policy of the schedule. */
  skipped: number;
  /** The schedule was paused with an error. */
  failed: number;
  /** Claims taken back from workers that did not answer. */
  recovered: number;
}

/** Something that a scheduler does or notices. */
export type SchedulerEvent =
  | {
    readonly type: "started";
    /** Id, unique for each start. */
    readonly schedulerId: string;
  }
  | {
    readonly type: "fired";
    /** What became of the due time. */
    readonly run: ScheduleRun;
  }
  | {
    readonly type: "recovered";
    /** Claims that were taken back. */
    readonly count: number;
  }
  | {
    readonly type: "disconnected" | "warning";
    /** What is wrong. */
    readonly message: string;
    /** What could be done. */
    readonly hint?: string;
  }
  | {
    readonly type: "reconnected";
    /** How long the database was away, in seconds. */
    readonly awaySec: number;
  }
  | {
    readonly type: "stopping";
  }
  | {
    readonly type: "stopped";
    readonly summary: SchedulerSummary;
  };

/** Receives what a scheduler does and notices. */
export type SchedulerEventListener = (event: SchedulerEvent) => void;
