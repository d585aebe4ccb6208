/**
 * The claims that workers remember, rightly or wrongly.
 *
 * @module
 */

import type { Pick } from "./actions.ts";
import type { Token } from "./ends.ts";

interface HeldToken extends Token {
  readonly worker: string;
}

/** Every claim there ever was. */
export class Tokens {
  /** The newest last. */
  readonly #all: HeldToken[] = [];

  /** Remembers a claim. */
  add(token: HeldToken): void {
    this.#all.push(token);
  }

  /** A claim by number: mostly a live one, now and then one that is over, best of a task that was claimed again. */
  pick(pick: Pick): Token | undefined {
    const tokens = this.#kept();
    const claimed = tokens.filter(({ task }) => task.status === "claimed");
    const live = claimed.filter(({ task, attempt }) => task.attempt === attempt);
    const order = [live, live, live, this.#superseded(), tokens];
    const from = [order[pick % order.length], live, tokens].find(({ length }) => length > 0) ?? [];
    return from[Math.floor(pick / order.length) % from.length];
  }

  /**
   * What a worker beats for: all claims it ever had; or those, of any worker, whose tasks were claimed again, as one
   * does that slept meanwhile; or else its newest.
   */
  beating(worker: string, all: boolean): Token[] {
    const mine = this.#kept().filter((token) => token.worker === worker);
    if (all) return mine;
    const superseded = this.#superseded();
    return superseded.length > 0 ? superseded : mine.slice(-4);
  }

  #kept(): HeldToken[] {
    return this.#all.filter(({ task }) => !task.pruned);
  }

  #superseded(): HeldToken[] {
    return this.#kept().filter(({ task, attempt }) => task.status === "claimed" && task.attempt !== attempt);
  }
}
