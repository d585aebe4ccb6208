/**
 * URLs with several hosts, as libpq takes them: `postgres://ada@db1:5432,db2/queue`. The first that answers and is the
 * primary is used, and after it has failed over, the next one.
 *
 * @module
 */

const PARTS = /^(\w+:\/\/(?:[^/?]*@)?)([^/?@]*)(.*)$/;
/** What libpq is told to look for; a queue works with nothing but a primary. */
const WANTED = /([?&])target_session_attrs=[^&]*(&|$)/;

/**
 * URLs with one host each.
 *
 * @example
 * ```ts
 * import { splitHosts } from "./database_hosts.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(splitHosts("postgres://ada:x@db1:5433,db2/queue?sslmode=require"), [
 *   "postgres://ada:x@db1:5433/queue?sslmode=require",
 *   "postgres://ada:x@db2/queue?sslmode=require",
 * ]);
 * ```
 */
export function splitHosts(url: string): string[] {
  const [, start, hosts, rest] = PARTS.exec(url) ?? [];
  if (!hosts?.includes(",")) return [url];
  const end = rest.replace(WANTED, (_, before, after) => after === "&" ? before : "");
  return hosts.split(",").map((host) => start + host + end);
}

/** The ways to a server's hosts, of which one is in use. */
export class Hosts<Route> {
  readonly #routes: readonly Route[];
  #at = 0;

  /** Begins with the first. */
  constructor(routes: readonly Route[]) {
    this.#routes = routes;
  }

  /** The way to take now. */
  get current(): Route {
    return this.#routes[this.#at];
  }

  /** True where there is a choice. */
  get several(): boolean {
    return this.#routes.length > 1;
  }

  /**
   * Goes on to the next host, unless somebody else has.
   *
   * @param failed The way that was taken in vain.
   * @returns False when all have been tried: time to wait.
   */
  next(failed: Route): boolean {
    if (failed !== this.current) return true;
    this.#at = (this.#at + 1) % this.#routes.length;
    return this.#at > 0;
  }
}
