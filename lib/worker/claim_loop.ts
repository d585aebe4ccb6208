/**
 * Claims tasks, as many as there is room for, until there is a reason to end.
 *
 * @module
 */

import { backoffMs, pause } from "../backoff.ts";
import type { Bell } from "../bell.ts";
import { AbsurdError, DatabaseUnavailableError } from "../errors.ts";
import type { ClaimedTask } from "../task.ts";
import type { Ahead } from "./ahead.ts";
import type { WorkerCalls } from "./calls.ts";
import { claimName } from "./claim_id.ts";
import { cutAfter } from "./connection.ts";
import { type Contact, isPermanent } from "./contact.ts";
import type { Rest } from "./drain.ts";
import { MAX_PENDING, type OutcomeWriter } from "./outcomes.ts";
import type { ClaimRequest, Slots } from "./slots.ts";
import { pollWaitMs } from "./waiting.ts";

/** Tasks that were being spawned while nobody knew that this worker goes to sleep are not announced, in milliseconds. */
const UNHEARD_MS = 100;
const RETRY = { baseMs: 200, capMs: 5_000 };
/** What is looked for at the end is found within this time, in milliseconds, or by recovery when its lease is over. */
const LAST_LOOK_MS = 2_000;

/** When the loop ends by itself. */
export interface ClaimLimits {
  /** Claim so many at most; undefined = no limit. */
  readonly maxTasks?: number;
  /** End when a look finds nothing. */
  readonly once?: boolean;
  /** End when nothing has run for so many seconds. */
  readonly idleTimeoutSec?: number;
  /** End when this says that nothing is left, asked while nothing runs; null = nothing. */
  leftToDrain?(signal: AbortSignal): Promise<Rest | null>;
}

/** What the loop works with. */
export interface ClaimLoopOptions {
  /** How to claim. */
  readonly calls: WorkerCalls;
  /** Whether the database answers. */
  readonly contact: Contact;
  /** Where tasks run. */
  readonly slots: Slots;
  /** Where claims wait for a place. */
  readonly ahead: Ahead;
  /** Where outcomes wait. */
  readonly writer: OutcomeWriter;
  /** Rings when it may be worth looking. */
  readonly bell: Bell;
  /** Time between looks where the bell does not ring, in seconds. */
  readonly pollIntervalSec: number;
  /** When to end. */
  readonly limits: ClaimLimits;
  /** Says why nothing should be claimed at the moment, or null. */
  obstacle?(): Promise<string | null>;
  /** Starts claims that wait, as far as there are places. */
  fill(): void;
  /** Told once of each kind of what the loop waits for that it cannot claim. */
  onWaiting(rest: Exclude<Rest, "ready tasks">): void;
  /** Gives a task back that was claimed but not started. */
  giveBack(task: ClaimedTask): void;
  /** Claims that are known: they run or wait, or their outcome is on the way. */
  known(): readonly ClaimedTask[];
}

/** There is something to do, and this machine cannot do it. */
class HinderedError extends AbsurdError {}

/** The loop. */
export class ClaimLoop {
  readonly #options: ClaimLoopOptions;
  #claimed = 0;
  #failures = 0;
  #worked = false;
  /** True while nobody knows that this worker may go to sleep. */
  #awake = true;
  /** True when the answer to a claim may have got lost. */
  #unsure = false;
  #obstacle: string | null = null;
  #rest: Rest | null = null;
  #busyMs = performance.now();

  /** Nothing is claimed before {@linkcode run}. */
  constructor(options: ClaimLoopOptions) {
    this.#options = options;
  }

  /**
   * Claims until the signal aborts or a limit is reached. Tasks may still be running then, but none waits for a place.
   *
   * @throws What the first claim throws, when trying again cannot help; AbsurdError when something is wrong with this
   *   machine, and a limit says to end though tasks are left.
   */
  async run(signal: AbortSignal): Promise<void> {
    using late = cutAfter(signal);
    try {
      await this.#loop(signal, late.signal);
    } finally {
      this.#giveBack(this.#options.ahead.clear());
      if (this.#unsure) await this.#giveOrphansBack(AbortSignal.timeout(LAST_LOOK_MS)).catch(() => {}); // their leases end
    }
  }

  /** @param late Aborts a moment after the signal: calls are cut then. */
  async #loop(signal: AbortSignal, late: AbortSignal): Promise<void> {
    const { slots, ahead, writer, bell, pollIntervalSec, fill } = this.#options;
    const { maxTasks = Infinity } = this.#options.limits;
    while (!signal.aborted && (this.#claimed < maxTasks || ahead.size > 0)) {
      if (!this.#isIdle()) this.#busyMs = performance.now();
      this.#giveBack(ahead.clearOverdue(slots.full));
      let waitMs = pollWaitMs(pollIntervalSec);
      const request = writer.size < MAX_PENDING ? slots.request(maxTasks - this.#claimed, ahead) : null;
      if (request && await this.#isHindered()) {
        if (await this.#isOver(late)) return;
      } else if (request) {
        const found = await this.#claim(request, signal, late);
        if (found >= 0) [ahead.backlog, ahead.announced] = [found === request.limit, false];
        if (found === request.limit) {
          this.#awake = true;
          continue;
        }
        if (found === 0 && await this.#isOver(late)) return;
        if (found >= 0 && this.#awake) {
          this.#awake = false;
          waitMs = Math.min(waitMs, UNHEARD_MS);
        }
      }
      await bell.wait(this.#waitMs(waitMs), signal);
      fill(); // what waited because too many outcomes did
    }
  }

  #isIdle(): boolean {
    const { slots, ahead, writer } = this.#options;
    return slots.empty && ahead.size === 0 && writer.size === 0;
  }

  /** They were not started, so they do not count. */
  #giveBack(tasks: readonly ClaimedTask[]): void {
    this.#claimed -= tasks.length;
    tasks.forEach(this.#options.giveBack);
  }

  /** Whether something is wrong with this machine, which is told once. */
  async #isHindered(): Promise<boolean> {
    const { ahead, obstacle, contact } = this.#options;
    if (!obstacle) return false;
    const reason = await obstacle();
    if (reason !== null && this.#obstacle === null) contact.warn(reason);
    this.#obstacle = reason;
    if (reason !== null) this.#giveBack(ahead.clear());
    return reason !== null;
  }

  /** Returns how many; -1 when the database could not say. */
  async #claim(request: ClaimRequest, signal: AbortSignal, late: AbortSignal): Promise<number> {
    const { calls, contact, ahead, fill } = this.#options;
    const claimedMs = performance.now();
    let tasks: ClaimedTask[];
    try {
      if (this.#unsure) await this.#giveOrphansBack(late);
      tasks = await calls.claim(request, late);
    } catch (error) {
      if (!this.#worked && isPermanent(error)) throw error;
      // who may not look for orphans does not ask again
      this.#unsure = error instanceof DatabaseUnavailableError || this.#unsure && !isPermanent(error);
      contact.failed(error);
      await pause(backoffMs(++this.#failures, RETRY), signal);
      return -1;
    }
    contact.succeeded();
    this.#worked = true;
    this.#failures = 0;
    this.#claimed += tasks.length;
    ahead.add(tasks, claimedMs);
    if (!signal.aborted) fill();
    return tasks.length;
  }

  /** Nobody else would find what was claimed without our knowing before the lease ends. */
  async #giveOrphansBack(signal: AbortSignal): Promise<void> {
    const { calls, known, giveBack } = this.#options;
    const tasks = known(); // asked before, because outcomes are written meanwhile
    const ours = new Set(tasks.map(claimName));
    await calls.forgetReservations(tasks, signal);
    const held = await calls.heldClaims(signal);
    held.filter((task) => !ours.has(claimName(task))).forEach(giveBack);
    this.#unsure = false;
  }

  /** Asked when there was nothing to claim, or nothing may be claimed. */
  async #isOver(late: AbortSignal): Promise<boolean> {
    const { contact, limits } = this.#options;
    if (limits.once && this.#obstacle !== null) throw new HinderedError(`No task was run: ${this.#obstacle}`);
    if (limits.once) return true;
    if (!this.#isIdle()) return false;
    if (this.#idleLeftMs() <= 0) return true;
    try {
      return await this.#isDrained(late);
    } catch (error) {
      if (isPermanent(error) || error instanceof HinderedError) throw error;
      contact.failed(error);
      return false;
    }
  }

  async #isDrained(late: AbortSignal): Promise<boolean> {
    const { limits: { leftToDrain }, onWaiting } = this.#options;
    if (!leftToDrain) return false;
    const rest = await leftToDrain(late);
    if (rest === "ready tasks" && this.#obstacle !== null) {
      throw new HinderedError(`Ready tasks are left: ${this.#obstacle}`);
    }
    if (rest !== null && rest !== "ready tasks" && rest !== this.#rest) onWaiting(this.#rest = rest);
    return rest === null;
  }

  #idleLeftMs(): number {
    const { idleTimeoutSec = Infinity } = this.#options.limits;
    return this.#busyMs + idleTimeoutSec * 1000 - performance.now();
  }

  #waitMs(pollMs: number): number {
    const { ahead, slots } = this.#options;
    return Math.max(0, Math.min(pollMs, this.#idleLeftMs(), ahead.patienceMs(slots.full, performance.now())));
  }
}
