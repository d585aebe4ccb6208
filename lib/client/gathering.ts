/**
 * Single spawns that are under way at the same moment, gathered into one call.
 *
 * @module
 */

/** Calls under way before others wait for one of them to end: one is on its way while another is carried out. */
const MAX_CALLS = 2;
/** Items that one call takes at most. */
const MAX_ITEMS = 1_000;

/** An item that waits for a call. */
interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result | Promise<Result>): void;
  reject(error: unknown): void;
}

/** How items are sent. */
export interface GatherCalls<Item, Result> {
  /** Sends one by itself: cheapest where nothing else is under way, and tells what is wrong with an item. */
  one(item: Item): Promise<Result>;
  /** Sends many; undefined for an item that was not accepted, which harms no other. */
  many(items: readonly Item[]): Promise<readonly (Result | undefined)[]>;
}

/**
 * Gathers items. The first ones go at once; those that come while they are under way travel together, so that many
 * callers cost about as many round trips and commits as a few. Each gets its own result or error.
 */
export class Gatherer<Item, Result> {
  readonly #calls: GatherCalls<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #underWay = 0;

  /** Sends by `calls`. */
  constructor(calls: GatherCalls<Item, Result>) {
    this.#calls = calls;
  }

  /** Sends an item, alone or with others. */
  send(item: Item): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({ item, resolve, reject });
    if (this.#underWay < MAX_CALLS) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#underWay++;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_ITEMS);
      if (batch.length === 1) await this.#sendOne(batch[0]);
      else await this.#sendMany(batch);
    }
    this.#underWay--;
  }

  async #sendOne({ item, resolve, reject }: Waiting<Item, Result>): Promise<void> {
    await this.#calls.one(item).then(resolve, reject);
  }

  async #sendMany(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#calls.many(batch.map(({ item }) => item));
      batch.forEach(({ item, resolve }, index) => resolve(results[index] ?? this.#calls.one(item)));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
