/**
 * Heartbeats: one call for the worker and all its claims. Stages and executors know nothing of it.
 *
 * @module
 */

import { Bell } from "../bell.ts";
import type { AbsurdConfig } from "../config.ts";
import { DatabaseUnavailableError, type SchemaError } from "../errors.ts";
import { isRefusal } from "../handshake.ts";
import type { Verdict, WorkerCalls } from "./calls.ts";
import { type ClaimId, claimName } from "./claim_id.ts";
import type { Contact } from "./contact.ts";
import type { RunningTask } from "./running_task.ts";

/** A beat that failed is made again after this part of the interval. */
const RETRY_PART = 0.2;
/** Shortest wait for an answer, in milliseconds. */
const MIN_ANSWER_MS = 1_000;
/** Beyond the grace period, until what ignores SIGTERM has been killed, in seconds. */
const KILL_BOUND_SEC = 2;

/**
 * Whether a task may still run when its lease is over. A worker without contact keeps its tasks for half a lease at
 * least; then what ignores SIGTERM takes the grace period and {@linkcode KILL_BOUND_SEC}.
 *
 * @returns What is wrong and what helps, as sentences; undefined when all fits.
 */
export function describeShortLease(
  { leaseSec, gracePeriodSec }: Pick<AbsurdConfig, "leaseSec" | "gracePeriodSec">,
): { message: string; hint: string } | undefined {
  const neededSec = 2 * (gracePeriodSec + KILL_BOUND_SEC);
  if (leaseSec >= neededSec) return undefined;
  return {
    message:
      `ABSURD_GRACE_PERIOD (${gracePeriodSec} s) and ${KILL_BOUND_SEC} s more are longer than half of ` +
      `ABSURD_LEASE (${leaseSec} s): while the database is away, a stage that ignores SIGTERM may still run when ` +
      "another worker takes its task over",
    hint:
      `Set ABSURD_LEASE to ${neededSec} or more, or a shorter grace period; to let tasks finish at shutdown, ` +
      "set ABSURD_SHUTDOWN_TIMEOUT",
  };
}

/** What beats need to know. */
export interface HeartbeatOptions {
  /** Intervals and bounds. */
  readonly config: Pick<AbsurdConfig, "heartbeatIntervalSec" | "leaseSec" | "gracePeriodSec">;
  /** Tasks that run now. */
  running(): readonly RunningTask[];
  /** Claims that wait for a place, or ended and are not written yet: they must be kept, too. */
  others(): readonly ClaimId[];
  /** Told of claims that do not run, and are not fine. */
  revoke(verdicts: readonly Verdict[]): void;
  /** Told when the schema does not go together with this program any more. */
  refused(error: SchemaError): void;
}

/** Beats, and stops tasks whose claims are not the worker's any more. */
export class Heartbeat {
  readonly #calls: WorkerCalls;
  readonly #contact: Contact;
  readonly #options: HeartbeatOptions;
  readonly #bell = new Bell();
  readonly #intervalMs: number;
  readonly #leaseMs: number;

  /** Beats by `calls`. */
  constructor(calls: WorkerCalls, contact: Contact, options: HeartbeatOptions) {
    const { heartbeatIntervalSec, leaseSec, gracePeriodSec } = options.config;
    this.#calls = calls;
    this.#contact = contact;
    this.#options = options;
    this.#intervalMs = heartbeatIntervalSec * 1000;
    // What runs must be gone when the lease ends. A lease too short for that still gives tasks half of its time.
    this.#leaseMs = Math.max(leaseSec - gracePeriodSec - KILL_BOUND_SEC, leaseSec / 2) * 1000;
  }

  /** Beats at once: something happened to a claim. */
  ring(): void {
    this.#bell.ring();
  }

  /** Beats until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let nextMs = performance.now() + this.#intervalMs;
    let late = false;
    while (!signal.aborted) {
      const nowMs = performance.now();
      const rang = await this.#bell.wait(
        Math.max(0, Math.min(nextMs, this.#nextLeaseEndMs()) - nowMs),
        signal,
      );
      if (signal.aborted) return;
      this.#endLeases();
      if (!rang && performance.now() < nextMs) continue;
      const answered = await this.#beat(late);
      late = !answered;
      nextMs = performance.now() + this.#intervalMs * (answered ? 1 : RETRY_PART);
    }
  }

  #nextLeaseEndMs(): number {
    const kept = this.#options.running().filter(({ stopReason }) => stopReason === undefined);
    return Math.min(...kept.map(({ contactMs }) => contactMs + this.#leaseMs));
  }

  /** Without contact, another worker may take a task over when its lease ends: end it before. */
  #endLeases(): void {
    const nowMs = performance.now();
    for (const running of this.#options.running()) {
      if (running.contactMs + this.#leaseMs <= nowMs) running.stop("lost");
    }
  }

  /**
   * Returns whether the database answered.
   *
   * @param late True when it did not the last time: it may have forgotten the worker, and is told again who it is.
   */
  async #beat(late: boolean): Promise<boolean> {
    const running = this.#options.running().filter(({ task }) => !task.reservationId);
    const sentMs = performance.now();
    try {
      if (late) await this.#calls.register();
      const verdicts = await this.#calls.heartbeat(
        [...running.map(({ task }) => task), ...this.#options.others()],
        AbortSignal.timeout(Math.max(this.#intervalMs, MIN_ANSWER_MS)),
      );
      for (const task of running) task.contactMs = sentMs;
      this.apply(verdicts);
      this.#contact.succeeded();
      return true;
    } catch (error) {
      if (isRefusal(error)) this.#options.refused(error);
      this.#contact.failed(
        isTimeout(error) ? new DatabaseUnavailableError("The database does not answer") : error,
      );
      return false;
    }
  }

  /** Stops tasks whose claims are not fine. */
  apply(verdicts: readonly Verdict[]): void {
    if (verdicts.length === 0) return;
    const running = new Map(this.#options.running().map((running) => [claimName(running.task), running]));
    for (const { verdict, ...claim } of verdicts) {
      const found = running.get(claimName(claim));
      if (!found) continue;
      if (verdict !== "expired") found.revoked = verdict;
      found.stop(verdict === "expired" ? "timeout" : verdict);
    }
    this.#options.revoke(verdicts.filter((claim) => !running.has(claimName(claim))));
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}
