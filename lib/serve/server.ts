/**
 * The HTTP server: turns requests away, or hands them to whom they are for.
 *
 * @module
 */

import { pause } from "../backoff.ts";
import { Bell } from "../bell.ts";
import type { AbsurdConfig } from "../config.ts";
import { requireDatabaseUrl } from "../config.ts";
import { type Database, openDatabase } from "../database.ts";
import { resolveDatabaseUrl } from "../database_url.ts";
import { EventLog } from "../events/log.ts";
import { shakeHands } from "../handshake.ts";
import { AccessControl } from "./access.ts";
import { Door } from "./door.ts";
import { Feed } from "./feed.ts";
import { Guard } from "./guard.ts";
import { History } from "./history.ts";
import { Hub } from "./hub.ts";
import type { QueueStatsDocument } from "./messages.ts";
import { Metrics } from "./metrics.ts";
import { type ServeOptions, type ServeSettings, serveSettings } from "./options.ts";
import { RequestHandler } from "./handler.ts";

const STATS_INTERVAL_MS = 5_000;
/** After events the numbers are told soon, but not after each. */
const STATS_PAUSE_MS = 500;
const MAX_CONNECTIONS = 8;

/** How to run a server. */
export interface ServeRunOptions {
  /** Ends it. */
  signal?: AbortSignal;
}

/**
 * Serves the live page, the JSON API, events over WebSocket, and metrics.
 *
 * @example Serve until Ctrl-C
 * ```ts ignore
 * import { AbsurdConfig } from "@dsa110/absurd";
 * import { AbsurdServer } from "@dsa110/absurd/serve";
 *
 * const stop = new AbortController();
 * Deno.addSignalListener("SIGINT", () => stop.abort());
 * const server = new AbsurdServer(AbsurdConfig.fromEnv(), { port: 8110 });
 * await server.run({ signal: stop.signal });
 * ```
 */
export class AbsurdServer {
  readonly #config: AbsurdConfig;
  readonly #settings: ServeSettings;

  /**
   * Nothing listens before {@linkcode AbsurdServer.run}.
   *
   * @param config Names the database.
   * @throws InvalidArgumentError when a token is too short, or missing where others can call.
   */
  constructor(config: AbsurdConfig, options: ServeOptions = {}) {
    this.#config = config;
    this.#settings = serveSettings(options);
  }

  /**
   * Serves until the signal aborts.
   *
   * @throws DatabaseUnavailableError, SchemaError when the database cannot be used at the start.
   * @throws InvalidArgumentError when the port cannot be listened on.
   */
  async run({ signal = new AbortController().signal }: ServeRunOptions = {}): Promise<void> {
    const url = await resolveDatabaseUrl(requireDatabaseUrl(this.#config));
    await using database = openDatabase({
      url: this.#settings.readOnly ? withRole(url, "absurd_reader") : url,
      listenUrl: this.#config.listenUrl,
      maxConnections: MAX_CONNECTIONS,
      applicationName: "absurd serve",
    });
    await shakeHands(database);
    await this.#serve(database, signal);
  }

  async #serve(database: Database, signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const end = AbortSignal.any([signal, stop.signal]);
    const { onEvent } = this.#settings;
    const log = new EventLog(database);
    const metrics = new Metrics();
    const history = new History();
    const access = new AccessControl(this.#settings);
    let lost = false;
    const pulse = new Bell();
    const feed = new Feed(log, {
      events(entries) {
        metrics.observe(entries);
        pulse.ring();
      },
      database(error) {
        if (error && !lost) onEvent({ type: "database_lost", error });
        if (!error && lost) onEvent({ type: "database_back" });
        lost = error !== null;
      },
    });
    const hub = new Hub(this.#settings, database, log, feed);
    const handler = new RequestHandler({
      settings: this.#settings,
      database,
      access,
      guard: new Guard(this.#settings),
      hub,
      feed,
      metrics,
      history,
      isLost: () => lost,
    });
    const door = new Door(this.#settings, handler, access.writable);
    try {
      const work = [feed.run(end), this.#tellStats(database, { hub, history, pulse, signal: end })];
      await door.keepOpen(signal, () => {
        stop.abort();
        hub.close();
      });
      await Promise.all(work);
    } finally {
      stop.abort();
    }
  }

  /** Tells the numbers of queues that changed, and keeps them for the charts. */
  async #tellStats(
    database: Database,
    { hub, history, pulse, signal }: { hub: Hub; history: History; pulse: Bell; signal: AbortSignal },
  ): Promise<void> {
    const told = new Map<string, string>();
    let sampledAtMs = -Infinity;
    while (!signal.aborted) {
      const stats = await database.call<QueueStatsDocument>("get_queue_stats", {}, { retry: true })
        .catch(() => []); // told by the feed
      for (const one of stats) {
        const text = JSON.stringify(one);
        if (told.get(one.queue_name) !== text) hub.tellStats(one);
        told.set(one.queue_name, text);
      }
      if (performance.now() - sampledAtMs >= STATS_INTERVAL_MS - 100 && stats.length > 0) {
        history.add(new Date(), stats);
        sampledAtMs = performance.now();
      }
      await pause(STATS_PAUSE_MS, signal);
      await pulse.wait(STATS_INTERVAL_MS - STATS_PAUSE_MS, signal);
    }
  }
}

/** The database's URL, for connections that work with another role's rights. */
function withRole(url: string, role: string): string {
  const options = `options=${encodeURIComponent(`-c role=${role}`)}`;
  return `${url}${url.includes("?") ? "&" : "?"}${options}`;
}
