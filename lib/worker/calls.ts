/**
 * The functions of the database that a worker calls, with our names around them.
 *
 * @module
 */

import { backoffMs } from "../backoff.ts";
import type { AbsurdConfig } from "../config.ts";
import { type DatabaseCalls, json } from "../database.ts";
import { fromDocument, toDocument } from "../document.ts";
import { shakeHands } from "../handshake.ts";
import type { ClaimedTask } from "../task.ts";
import { type ClaimId, claimKey } from "./claim_id.ts";
import { claimSettings } from "./claim_settings.ts";
import { callsWith, growingAnswerSec } from "./connection.ts";
import { type AlikeRow, alikeTasks, CLAIM_COLUMNS, claimedTask, type ClaimRow } from "./claim_row.ts";
import type { WorkerIdentity } from "./identity.ts";
import type { Outcome } from "./outcome.ts";
import { type OutcomeAnswer, type OutcomeFunction, writeOutcomes } from "./outcome_calls.ts";
import type { ClaimRequest } from "./slots.ts";
import { isTooMuch, smaller } from "./smaller_claim.ts";

/** More claims than any worker holds. */
const MAX_HELD = 10_000;

/** Where tasks had to be claimed, those behind them mostly have to be, too: nobody asks again at once. */
const RESERVE_AGAIN = { baseMs: 250, capMs: 30_000 };

/** A piece of the log of a claim. */
export interface LogChunk extends ClaimId {
  /** Number of the piece, from 0. */
  readonly chunk: number;
  /** Whole lines. */
  readonly text: string;
}

/** A claim that is not fine. */
export interface Verdict extends ClaimId {
  /** What became of it; `expired` is past its time limit. */
  readonly verdict: "lost" | "cancelled" | "expired";
}

/** Calls functions of the database in the name of one worker. */
export class WorkerCalls {
  readonly #database: DatabaseCalls;
  readonly #identity: WorkerIdentity;
  readonly #config: AbsurdConfig;
  readonly #claimSettings: Readonly<Record<string, unknown>>;
  #reserveFromMs = 0;
  /** Claims in a row where a reservation was asked for in vain. */
  #notReserved = 0;

  /** Calls over `database`, with the limits of `config`. What is under way is cut when the signal aborts. */
  constructor(
    database: DatabaseCalls,
    identity: WorkerIdentity,
    config: AbsurdConfig,
    signal?: AbortSignal,
  ) {
    this.#database = callsWith({ signal }, database);
    this.#identity = identity;
    this.#config = config;
    this.#claimSettings = claimSettings(config, identity.settings);
  }

  /**
   * Tells that the worker is there; again after the database was away.
   *
   * @throws SchemaError when the schema does not go together with this program.
   */
  async register(signal: AbortSignal): Promise<void> {
    await shakeHands(this.#database, signal);
    await this.#database.call("register_worker", {
      worker_id: this.#identity.workerId,
      info: this.#info(),
    }, { retry: true, signal });
  }

  #info() {
    const { settings, ...identity } = this.#identity;
    return json({
      hostname: identity.hostname,
      pid: identity.pid,
      version: identity.version,
      queue_names: identity.queueNames,
      task_names: settings?.taskNames ?? null,
      concurrency: this.#config.workerConcurrency,
      lease_sec: this.#config.leaseSec,
    });
  }

  /** Tells that the worker is gone. */
  async deregister(signal: AbortSignal): Promise<void> {
    await this.#database.call("deregister_worker", { worker_id: this.#identity.workerId }, {
      retry: true,
      signal,
    });
  }

  /**
   * Claims tasks. Not repeated when the connection breaks, or is cut by the signal: see {@linkcode heldClaims}. Fewer than
   * asked for where their params and inputs are more than the database can tell at once.
   */
  async claim(request: ClaimRequest, signal: AbortSignal): Promise<ClaimedTask[]> {
    try {
      return await this.#claim(request, signal);
    } catch (error) {
      if (request.limit === 1 || !isTooMuch(error)) throw error;
      return await this.claim(smaller(request), signal);
    }
  }

  async #claim({ limit, ahead, taskNames }: ClaimRequest, signal: AbortSignal): Promise<ClaimedTask[]> {
    const request = {
      "worker_id": this.#identity.workerId,
      "queue_names": this.#identity.queueNames,
      limit,
      "task_names": taskNames,
      settings: json({ ...this.#claimSettings, ahead }),
    };
    // Who claims ahead finds many; a claim of few is served sooner without being gathered.
    if (ahead > 0) return await this.#claimAlike(request, signal);
    const options = { columns: CLAIM_COLUMNS, signal };
    const rows = await this.#database.call<ClaimRow>("claim_tasks", request, options);
    return rows.map(claimedTask);
  }

  async #claimAlike(request: Record<string, unknown>, signal: AbortSignal): Promise<ClaimedTask[]> {
    const mayReserve = performance.now() >= this.#reserveFromMs;
    const rows = await this.#database.call<AlikeRow>("claim_alike", {
      ...request,
      "may_reserve": mayReserve,
    }, { signal });
    if (mayReserve && rows.length > 0) {
      this.#notReserved = rows[0].reservation_id === null ? this.#notReserved + 1 : 0;
      if (this.#notReserved > 0) {
        this.#reserveFromMs = performance.now() + backoffMs(this.#notReserved, RESERVE_AGAIN);
      }
    }
    return alikeTasks(rows);
  }

  /** What the database holds for claims of this worker. */
  async heldClaims(signal: AbortSignal): Promise<ClaimedTask[]> {
    const filter = toDocument({ status: "claimed", workerId: this.#identity.workerId });
    const rows = await this.#database.call<{ "list_tasks": unknown }>(
      "list_tasks",
      { filter: json(filter), limit: MAX_HELD },
      { retry: true, signal },
    );
    return rows.map((row) => fromDocument<ClaimedTask>(row.list_tasks));
  }

  /**
   * Beats for the worker and its claims; returns those that are not fine.
   *
   * @throws SchemaError when the schema was upgraded and does not go together with this program any more.
   */
  async heartbeat(claims: readonly ClaimId[], signal: AbortSignal): Promise<Verdict[]> {
    await shakeHands(this.#database, signal);
    const rows = await this.#database.call("heartbeat_worker", {
      worker_id: this.#identity.workerId,
      claims: json(claims.map(claimKey)),
      // The database may have forgotten the worker: its clock was wrong for a while, say.
      info: this.#info(),
    }, { signal, retry: true });
    return rows.map((row) => fromDocument<Verdict>(row));
  }

  /** Tells how far tasks are; returns claims that are not fine. */
  async reportProgress(
    items: readonly (ClaimId & { fraction: number; message?: string })[],
  ): Promise<Verdict[]> {
    const documents = items.map(({ fraction, message, ...claim }) => ({
      ...claimKey(claim),
      fraction,
      message,
    }));
    const rows = await this.#database.call("report_progress", { items: json(documents) });
    return rows.map((row) => fromDocument<Verdict>(row));
  }

  /** Adds to logs; returns claims that are not fine. The same chunk twice does no harm. */
  async appendLogs(chunks: readonly LogChunk[]): Promise<Verdict[]> {
    const items = chunks.map(({ chunk, text, ...claim }) => ({ ...claimKey(claim), chunk, text }));
    const rows = await this.#database.call("append_logs", { items: json(items) }, { retry: true });
    return rows.map((row) => fromDocument<Verdict>(row));
  }

  /**
   * Claims those of the tasks that are only reserved: from then on they are claims like others.
   *
   * @param tries How often that was tried before.
   * @returns Whether the database confirms all of them; if not, a beat tells which are lost.
   */
  async claimReserved(tasks: readonly ClaimedTask[], tries = 0): Promise<boolean> {
    const database = callsWith({ answerWithinSec: growingAnswerSec(this.#config, tries) }, this.#database);
    let confirmed = true;
    for (const [reservationId, reserved] of byReservation(tasks)) {
      const rows = await database.call<{ "task_id": string; attempt: number }>("claim_reserved", {
        "reservation_id": reservationId,
        "task_ids": reserved.map(({ taskId }) => taskId),
      }, { retry: true });
      const claimed = new Map(rows.map((row) => [row.task_id, row.attempt]));
      confirmed &&= reserved.every(({ taskId, attempt }) => claimed.get(taskId) === attempt);
      for (const task of reserved) task.reservationId = null;
    }
    return confirmed;
  }

  /** Gives back what this worker has reserved but for the tasks that it knows. */
  async forgetReservations(known: readonly ClaimedTask[], signal: AbortSignal): Promise<void> {
    await this.#database.call("forget_reservations", {
      "worker_id": this.#identity.workerId,
      known: [...byReservation(known).keys()],
    }, { retry: true, signal });
  }

  /**
   * Writes a batch of outcomes, all for the function `name`. Answers come in their order.
   *
   * @param tries How often outcomes were not written before.
   */
  async writeOutcomes(
    name: OutcomeFunction,
    batch: readonly Outcome[],
    tries: number,
  ): Promise<OutcomeAnswer[]> {
    const isOfRuns = name === "fail_tasks" || name === "release_tasks" && batch[0].reservationId === null;
    if (isOfRuns) await this.claimReserved(batch.map(({ task }) => task), tries);
    const answerWithinSec = growingAnswerSec(this.#config, tries);
    return await writeOutcomes(callsWith({ answerWithinSec }, this.#database), name, batch);
  }

  /** How an attempt has ended, as the database keeps it; null when it has not. */
  async attemptOutcome({ taskId, attempt }: ClaimId): Promise<string | null> {
    type Found = { attempts: { attempt: number; outcome: string }[] };
    const [row] = await this.#database.call<{ "get_task": Found | null }>(
      "get_task",
      { task_id: taskId },
      { retry: true },
    );
    return row.get_task?.attempts.find((one) => one.attempt === attempt)?.outcome ?? null;
  }

  /**
   * Takes claims back whose workers do not answer; returns how many.
   *
   * @param everySec Nobody looks when another did less than so many seconds ago.
   */
  async recover(everySec: number): Promise<number> {
    return (await this.#database.call("recover_claims", { every_sec: everySec })).length;
  }
}

/** Those of the tasks that are only reserved, by reservation. */
function byReservation(tasks: readonly ClaimedTask[]): Map<string, ClaimedTask[]> {
  return Map.groupBy(
    tasks.filter(({ reservationId }) => reservationId),
    ({ reservationId }) => reservationId!,
  );
}
