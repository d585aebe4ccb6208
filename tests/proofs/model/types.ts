/**
 * What the reference model remembers. Times are milliseconds since the epoch, of the database's clock.
 *
 * @module
 */

/** Policy of an edge for a parent that ends badly. */
export type Policy = "cancel" | "wait" | "ignore";

/** The five statuses. */
export type Status = "pending" | "claimed" | "completed" | "failed" | "cancelled";

/** A dependency, seen from the child. */
export interface Edge {
  readonly parent: Task;
  policy: Policy;
  /** Whether it lets the child go; a parent that is retried later does not take that back. */
  satisfied: boolean;
}

/** What a worker holds. */
export interface Claim {
  readonly worker: string;
  readonly claimedAt: number;
  heartbeatAt: number;
  /** When the first look found the lease over. */
  suspectedAt: number | null;
  /** It waits in its worker, where nothing is known to have begun it. */
  readonly ahead: boolean;
}

/** Tasks that a worker has set aside. */
export interface Reservation {
  readonly id: string;
  readonly worker: string;
  readonly queue: string;
  /** Nobody else gets them, also if they are over. */
  named: Task[];
  /** How many of them are thought to be held. */
  open: number;
  /** The last of them, when they were chosen. */
  readonly end: { readonly priority: number; readonly age: number };
  /** When somebody last looked before what is reserved. */
  readonly lookedAt: number;
  readonly at: number;
  /** Retries that the worker grants. */
  readonly retries: number;
}

/** A claim that was cancelled or taken back, whose processes may still run. */
export interface DyingClaim {
  readonly attempt: number;
  leaseEndsAt: number;
}

/** An attempt that is over. */
export interface Attempt {
  readonly attempt: number;
  readonly worker: string;
  readonly outcome: "completed" | "failed" | "released" | "cancelled" | "lost";
}

/** An entry of the dead letters. */
export interface Letter {
  readonly task: Task;
  readonly attempt: number;
  replayed: boolean;
}

/** A task. */
export interface Task {
  readonly id: string;
  /** Position in the order of age. */
  readonly age: number;
  readonly queue: string;
  readonly name: string;
  priority: number;
  readonly key: string | null;
  readonly dlq: boolean;
  /** As asked for at spawn; null leaves it to the worker. */
  readonly retriesAsked: number | null;
  readonly workflow: Workflow | null;
  readonly step: string | null;
  /** Spawned without key and settings. */
  readonly plain: boolean;
  readonly edges: Edge[];
  readonly children: Task[];
  status: Status;
  /** Not claimable before this; not a number until the comparison has seen what chance made of it. */
  notBefore: number;
  /** When it last failed. */
  failedAt: number;
  attempt: number;
  failures: number;
  /** How often it was told "not now", in a row. */
  notNow: number;
  maxRetries: number;
  claim: Claim | null;
  dying: DyingClaim[];
  attempts: Attempt[];
  result: unknown;
  finishedAt: number | null;
  /** Cancelled because of a parent, and so re-opened with it. */
  cascaded: boolean;
  /** Removed by retention; only its key is still known. */
  pruned: boolean;
}

/** A workflow. */
export interface Workflow {
  readonly id: string;
  readonly queue: string;
  readonly key: string | null;
  readonly steps: Task[];
  /** A user cancelled it as a whole. */
  cancelled: boolean;
  /** When it last ended. */
  finishedAt: number | null;
  pruned: boolean;
}

/** The reasons for which a verb is refused. */
export type Refusal = "TQ001" | "TQ002" | "TQ003" | "TQ004" | "TQ006" | "TQ008" | "22023";

/** Thrown by the model where the schema is to raise. */
export class Refused extends Error {
  /** SQLSTATE that the schema is to raise. */
  readonly sqlState: Refusal;

  /** Refuses with a SQLSTATE. */
  constructor(sqlState: Refusal) {
    super(sqlState);
    this.sqlState = sqlState;
  }
}

/** How long a claim lives without a beat. */
export const LEASE_MS = 120_000;

/** How far apart the two looks of a recovery must be. */
export const BEAT_MS = 30_000;

/** Time limit of an attempt. */
export const TIMEOUT_MS = 3_600_000;

/** How often in a row "not now" counts as no failure. */
export const NOT_NOW_LIMIT = 20;

/** How long a key blocks after its holder completed. */
export const KEY_WINDOW_MS: Readonly<Record<string, number>> = { long: 30 * 86_400_000, short: 1_000_000 };

/** How often in a row it counts as no failure when a claim is lost that waited in its worker. */
export const WAITS_LOST_LIMIT = 3;
