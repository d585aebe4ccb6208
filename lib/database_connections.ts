/**
 * The connections that calls share.
 *
 * @module
 */

import type { Pool, PoolClient } from "./database_driver.ts";

/**
 * A pool, of which one connection stays at hand between calls: checked out, so that a call that comes alone does not go
 * through the pool, which takes a tenth of a millisecond after a rest (ARCHITECTURE.md, "Speed").
 */
export class Connections {
  readonly #pool: Pool;
  readonly #idleMs: number;
  #atHand: PoolClient | undefined;
  #usedMs = 0;
  readonly #bornMs = new WeakMap<PoolClient, number>();
  #trustedFromMs = 0;
  #watch: ReturnType<typeof setTimeout> | undefined;

  /**
   * Nothing is connected yet.
   *
   * @param pool Where connections come from.
   * @param idleMs A connection that nobody has used for so long is closed, in milliseconds; that of the pool as well.
   */
  constructor(pool: Pool, idleMs: number) {
    this.#pool = pool;
    this.#idleMs = idleMs;
    pool.on("connect", (client) => {
      this.#bornMs.set(client, performance.now());
      for (const event of ["error", "end"] as const) client.on(event, () => this.#drop(client));
    });
  }

  /** The connection at hand, if nobody uses it. */
  takeAtHand(): PoolClient | undefined {
    const client = this.#atHand;
    this.#atHand = undefined;
    return client && this.#trusted(client);
  }

  /** A connection, as soon as there is one; each is given back. */
  async take(): Promise<PoolClient> {
    let client = this.takeAtHand();
    while (!client) client = this.#trusted(await this.#pool.connect());
    return client;
  }

  /** One of them does not answer: those that are there now are used for no more calls, as they may be dead, too. */
  distrust(): void {
    this.#trustedFromMs = performance.now();
  }

  /** The connection, or undefined when nobody shall use it. */
  #trusted(client: PoolClient): PoolClient | undefined {
    if (this.#trustedFromMs === 0 || this.#bornMs.get(client)! >= this.#trustedFromMs) return client;
    client.release(true);
  }

  /**
   * Takes a connection back.
   *
   * @param isBroken Nobody shall use it any more.
   */
  giveBack(client: PoolClient, isBroken = false): void {
    const { totalCount, idleCount, waitingCount, ending } = this.#pool;
    // Where several calls are under way, the pool gives each kind of call its own connection again, which is warm for it.
    const isAlone = totalCount - idleCount === 1 && waitingCount === 0;
    if (isBroken || ending || !isAlone) return client.release(isBroken);
    this.#atHand = client;
    this.#usedMs = performance.now();
    this.#watch ??= setTimeout(() => this.#look(), this.#idleMs);
  }

  /** One timer for all calls, instead of one for each. */
  #look(): void {
    this.#watch = undefined;
    if (!this.#atHand) return;
    const leftMs = this.#usedMs + this.#idleMs - performance.now();
    if (leftMs > 0) this.#watch = setTimeout(() => this.#look(), leftMs);
    else this.#drop(this.#atHand);
  }

  #drop(client: PoolClient): void {
    if (client !== this.#atHand) return;
    this.#atHand = undefined;
    client.release(true);
  }

  /** Closes all connections as soon as nobody uses them. */
  async close(): Promise<void> {
    clearTimeout(this.#watch);
    this.takeAtHand()?.release();
    await this.#pool.end();
  }
}
