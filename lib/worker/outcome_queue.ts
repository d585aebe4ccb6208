/**
 * Outcomes that wait to be written, by what one call can take.
 *
 * @module
 */

import { claimName } from "./claim_id.ts";
import { type Outcome, outcomeLength } from "./outcome.ts";

/** Most outcomes of a call. */
export const MAX_BATCH = 1_000;
const MAX_BATCH_LENGTH = 4_000_000;

/** An outcome that waits. */
export interface Waiting {
  readonly outcome: Outcome;
  /** True when it was sent and no answer came: it may have been written. */
  readonly uncertain?: boolean;
  /** True when a batch that it was in was refused. */
  readonly alone?: boolean;
}

/** Outcomes that are written by one call. */
export interface Batch {
  /** What they have in common. */
  readonly kind: string;
  readonly items: readonly Waiting[];
}

/** Outcomes that wait, those of a kind in their order. */
export class OutcomeQueue {
  /** The kind that waits longest first. */
  readonly #kinds = new Map<string, Waiting[]>();
  #size = 0;

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** Those that wait. */
  get outcomes(): Outcome[] {
    return [...this.#kinds.values()].flatMap((items) => items.map(({ outcome }) => outcome));
  }

  /** Adds one at the end of its kind. */
  add(outcome: Outcome): void {
    this.#of(kindOf(outcome)).push({ outcome });
    this.#size++;
  }

  /** Adds those that have to be written again, before the others. */
  addAgain(items: readonly Waiting[]): void {
    for (const item of items.toReversed()) {
      this.#of(item.alone ? claimName(item.outcome.task) : kindOf(item.outcome)).unshift(item);
    }
    this.#size += items.length;
  }

  /** The kind that is to be written next, which is none of those under way; undefined when there is none. */
  next(underWay: readonly string[]): string | undefined {
    return this.#kinds.keys().find((kind) => !underWay.includes(kind));
  }

  /** How many of a kind wait. */
  count(kind: string): number {
    return this.#kinds.get(kind)?.length ?? 0;
  }

  /** Takes the oldest of a kind, as many as one call may hold. */
  take(kind: string): Batch {
    const waiting = this.#kinds.get(kind) ?? [];
    let length = 0;
    const end = waiting.findIndex(({ outcome }, index) => {
      length += outcomeLength(outcome);
      return index === MAX_BATCH || index > 0 && length > MAX_BATCH_LENGTH;
    });
    const items = end < 0 ? waiting : waiting.splice(0, end);
    this.#kinds.delete(kind);
    if (end >= 0) this.#kinds.set(kind, waiting); // behind the others
    this.#size -= items.length;
    return { kind, items };
  }

  #of(kind: string): Waiting[] {
    const waiting = this.#kinds.get(kind) ?? [];
    if (waiting.length === 0) this.#kinds.set(kind, waiting);
    return waiting;
  }
}

/**
 * What has to be alike in a call: the function, the reservation, and whether the tasks stand alone. Those are completed
 * by fewer statements where no other is among them.
 */
function kindOf({ name, reservationId, task: { standsAlone } }: Outcome): string {
  return `${name} ${reservationId} ${standsAlone}`;
}
