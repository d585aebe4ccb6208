/**
 * Outcomes on their way to the database. They wait in memory, for as long as it takes, and travel in batches.
 *
 * @module
 */

import { setImmediate as nextTurn } from "node:timers/promises";
import { backoffMs, pause } from "../backoff.ts";
import { Bell } from "../bell.ts";
import {
  DatabaseError,
  DatabaseUnavailableError,
  InvalidArgumentError,
  NotAllowedError,
  NotStorableError,
} from "../errors.ts";
import type { WorkerCalls } from "./calls.ts";
import { type Contact, messageOf } from "./contact.ts";
import { failure, type Outcome } from "./outcome.ts";
import type { OutcomeAnswer, OutcomeFunction } from "./outcome_calls.ts";
import { type Batch, MAX_BATCH, OutcomeQueue, type Waiting } from "./outcome_queue.ts";

const RETRY = { baseMs: 100, capMs: 5_000 };
/**
 * Calls at a time, never two of one kind: these would hold each other up, and are better made together. While the server
 * works on one reservation, the next one is on its way.
 */
const MAX_CALLS = 2;
/**
 * Outcomes that may wait before no more tasks are taken: those of whole calls under way, and of one more, which is ready
 * then when one of these is answered.
 */
export const MAX_PENDING = (MAX_CALLS + 1) * MAX_BATCH;

/** What the database keeps of an attempt that ended so. Not of a release, which may be an operator's. */
const ENDS: { readonly [Name in OutcomeFunction]?: string } = {
  "complete_tasks": "completed",
  "fail_tasks": "failed",
};

/** Receives the answer to an outcome. */
export type AnswerListener = (outcome: Outcome, answer: OutcomeAnswer) => void;

/** Writes outcomes. */
export class OutcomeWriter {
  readonly #calls: WorkerCalls;
  readonly #contact: Contact;
  readonly #onAnswer: AnswerListener;
  readonly #expectsMore: () => boolean;
  readonly #bell = new Bell();
  readonly #queue = new OutcomeQueue();
  readonly #underWay = new Set<Batch>();
  #tries = 0;
  #settled = Promise.withResolvers<void>();

  /** Writes by `calls`, and hands answers to `onAnswer`; `expectsMore` tells that other tasks are to run at once. */
  constructor(
    calls: WorkerCalls,
    contact: Contact,
    onAnswer: AnswerListener,
    expectsMore: () => boolean,
  ) {
    this.#calls = calls;
    this.#contact = contact;
    this.#onAnswer = onAnswer;
    this.#expectsMore = expectsMore;
  }

  /** Outcomes that are not written yet. */
  get pending(): readonly Outcome[] {
    return [
      ...[...this.#underWay].flatMap(({ items }) => items.map(({ outcome }) => outcome)),
      ...this.#queue.outcomes,
    ];
  }

  /** How many are not written yet. */
  get size(): number {
    let size = this.#queue.size;
    for (const { items } of this.#underWay) size += items.length;
    return size;
  }

  /** Takes an outcome. */
  add(outcome: Outcome): void {
    this.#queue.add(outcome);
    this.#bell.ring();
  }

  /** Resolves when all are written. */
  async whenEmpty(): Promise<void> {
    while (this.size > 0) await this.#settled.promise;
  }

  /**
   * Writes until the signal aborts.
   *
   * @throws What a listener throws.
   */
  async run(signal: AbortSignal): Promise<void> {
    const calls = new Set<Promise<void>>();
    let failed = false;
    while (!signal.aborted && !failed) {
      const kind = this.#nextKind();
      if (kind === undefined) {
        await this.#bell.wait(Infinity, signal);
        continue;
      }
      await this.#gather(kind);
      const call = this.#send(this.#queue.take(kind), signal).then(() => void calls.delete(call));
      calls.add(call);
      call.catch(() => {
        failed = true;
        this.#bell.ring();
      });
    }
    await Promise.all(calls);
  }

  #nextKind(): string | undefined {
    if (this.#underWay.size >= MAX_CALLS) return undefined;
    return this.#queue.next([...this.#underWay].map(({ kind }) => kind));
  }

  /**
   * Waits while turns of the event loop bring more, as the runs of very short tasks end in heaps: a call costs the
   * database about as much as 40 outcomes.
   */
  async #gather(kind: string): Promise<void> {
    let before = 0;
    while (this.#queue.count(kind) > before && this.#queue.count(kind) < MAX_BATCH && this.#expectsMore()) {
      before = this.#queue.count(kind);
      await nextTurn();
    }
  }

  async #send(batch: Batch, signal: AbortSignal): Promise<void> {
    this.#underWay.add(batch);
    const { again, wait } = await this.#write(batch.items, signal);
    this.#underWay.delete(batch);
    this.#queue.addAgain(again);
    this.#settled.resolve();
    this.#settled = Promise.withResolvers();
    this.#tries = wait ? this.#tries + 1 : 0;
    if (wait) await this.#pause(batch.kind, signal);
    this.#bell.ring();
  }

  /** Nothing of a kind is written for a while. */
  async #pause(kind: string, signal: AbortSignal): Promise<void> {
    const rest: Batch = { kind, items: [] };
    this.#underWay.add(rest);
    await pause(backoffMs(this.#tries, RETRY), signal);
    this.#underWay.delete(rest);
  }

  /** Writes a batch; returns what must be written again, and whether to wait before. */
  async #write(
    batch: readonly Waiting[],
    signal: AbortSignal,
  ): Promise<{ again: Waiting[]; wait: boolean }> {
    const [{ outcome: { name } }] = batch;
    try {
      const outcomes = batch.map(({ outcome }) => outcome);
      const answers = await this.#calls.writeOutcomes(name, outcomes, this.#tries);
      this.#contact.succeeded();
      return { again: await this.#answerAll(batch, answers), wait: false };
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) {
        if (!signal.aborted) this.#contact.failed(error);
        return { again: batch.map((waiting) => ({ ...waiting, uncertain: true })), wait: true };
      }
      // one of them may be at fault: the others must not suffer from it
      if (batch.length > 1) {
        return { again: batch.map((waiting) => ({ ...waiting, alone: true })), wait: false };
      }
      return this.#refused(batch[0], error);
    }
  }

  async #answerAll(batch: readonly Waiting[], answers: readonly OutcomeAnswer[]): Promise<Waiting[]> {
    const again: Waiting[] = [];
    for (let index = 0; index < batch.length; index++) { // entries() would leave two objects for each behind
      const waiting = batch[index];
      const { outcome, uncertain } = waiting;
      const answer = answers[index] ?? { outcome: "stale", message: null };
      try {
        const accepted = uncertain && answer.outcome === "stale" && await this.#wasWritten(outcome);
        this.#onAnswer(outcome, accepted ? { ...answer, outcome: "ok" } : answer);
      } catch (error) {
        if (!(error instanceof DatabaseUnavailableError)) throw error;
        again.push({ ...waiting, uncertain: true });
      }
    }
    return again;
  }

  /** What was written though its answer got lost looks stale the second time. */
  async #wasWritten({ name, task }: Outcome): Promise<boolean> {
    if (!(name in ENDS)) return false;
    try {
      return await this.#calls.attemptOutcome(task) === ENDS[name];
    } catch (error) {
      if (error instanceof NotAllowedError) return false; // the role may only run tasks: nobody can say
      throw error;
    }
  }

  /** The database refuses an outcome by itself. */
  #refused({ outcome }: Waiting, error: unknown): { again: Waiting[]; wait: boolean } {
    const { name, task, report } = outcome;
    if (!isItemsFault(error)) {
      this.#contact.failed(error);
      return { again: [{ outcome, alone: true }], wait: true };
    }
    const message = `The database refuses what the worker tells: ${messageOf(error)}`;
    if (name === "complete_tasks") {
      return {
        again: [{ outcome: failure(task, report, { reason: "result", message }), alone: true }],
        wait: false,
      };
    }
    this.#onAnswer(outcome, { outcome: "stale", message });
    return { again: [], wait: false };
  }
}

/** A value that cannot be stored is the item's fault; anything else (a full disk, a timeout) may pass. */
function isItemsFault(error: unknown): boolean {
  return error instanceof InvalidArgumentError || error instanceof NotStorableError ||
    error instanceof DatabaseError && error.sqlState?.startsWith("22") === true;
}
