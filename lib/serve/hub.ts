/**
 * All WebSocket clients: takes them in, tells them the numbers of queues, and sends them home.
 *
 * @module
 */

import type { Database } from "../database.ts";
import { checkCursor, type EventLog, type FilterDocument } from "../events/log.ts";
import { readTime } from "../scheduler/zone.ts";
import type { Feed } from "./feed.ts";
import type { QueueStatsDocument } from "./messages.ts";
import type { ServeSettings } from "./options.ts";
import { checkParameters, oneOf, readId } from "./parameters.ts";
import { HttpError } from "./responses.ts";
import { CloseCode, SocketClient } from "./socket.ts";
import { protocolsOf } from "./access.ts";

/** The subprotocol that is spoken, for clients that offer any. */
const PROTOCOL = "absurd";
/** Silent clients are asked by the protocol's own ping, and dropped when they do not answer. */
const IDLE_TIMEOUT_SEC = 30;
/** Parameters that say which events are meant. */
export const EVENT_PARAMETERS: readonly string[] = ["since", "queue", "task", "name", "workflow", "kind"];
const readKind = oneOf(["task", "progress", "workflow"]);

/** The WebSocket side of the server. */
export class Hub {
  readonly #settings: ServeSettings;
  readonly #database: Database;
  readonly #log: EventLog;
  readonly #feed: Feed;
  readonly #clients = new Set<SocketClient>();
  #slow = 0;

  /** Nobody is connected yet. */
  constructor(settings: ServeSettings, database: Database, log: EventLog, feed: Feed) {
    this.#settings = settings;
    this.#database = database;
    this.#log = log;
    this.#feed = feed;
  }

  /** How many clients are connected. */
  get size(): number {
    return this.#clients.size;
  }

  /** How many were cut off because they did not keep up. */
  get slow(): number {
    return this.#slow;
  }

  /**
   * Upgrades a request.
   *
   * @throws HttpError when it is none, the parameters make no sense, or there are too many clients.
   */
  async accept(request: Request): Promise<Response> {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      throw new HttpError(426, "This address speaks WebSocket", { headers: { upgrade: "websocket" } });
    }
    if (this.#clients.size >= this.#settings.maxClients) {
      throw new HttpError(503, `There are ${this.#settings.maxClients} clients already`, {
        headers: { "retry-after": "5" },
      });
    }
    const { searchParams } = new URL(request.url);
    checkParameters(searchParams, EVENT_PARAMETERS);
    const wanted = readParameters(searchParams);
    // First the cursor, then what is to be kept up to date from there on: nothing can fall between the two.
    const cursor = await this.#log.cursor(wanted.since) ?? await this.#log.oldest();
    const stats = wanted.since === undefined ? await this.#stats() : [];
    const protocol = protocolsOf(request).includes(PROTOCOL) ? PROTOCOL : undefined;
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol, idleTimeout: IDLE_TIMEOUT_SEC });
    const { maxBufferedBytes, slowClientSec, onEvent } = this.#settings;
    const client = new SocketClient(socket, this.#feed, this.#log, {
      cursor: Number(cursor),
      filter: wanted.filter,
      maxBufferedBytes,
      slowMs: slowClientSec * 1000,
      onSlow: (at) => {
        this.#slow++;
        onEvent({ type: "client_slow", cursor: at });
      },
    });
    this.#clients.add(client);
    socket.addEventListener("close", () => this.#clients.delete(client));
    socket.addEventListener("open", () => {
      client.tell({ type: "connected", cursor });
      for (const one of stats) client.tellStats(one);
      client.run().finally(() => this.#clients.delete(client));
    });
    return response;
  }

  async #stats(): Promise<QueueStatsDocument[]> {
    return await this.#database.call<QueueStatsDocument>("get_queue_stats", {}, { retry: true });
  }

  /** Tells all who want to know the numbers of a queue. */
  tellStats(stats: QueueStatsDocument): void {
    for (const client of this.#clients) client.tellStats(stats);
  }

  /** Sends everybody home; they may come back with their cursor. */
  close(): void {
    for (const client of this.#clients) client.close(CloseCode.goingAway, "The server stops");
  }
}

/** `since`, and a filter by `queue`, `task` (an id), `name`, `workflow` and `kind`. */
export function readParameters(
  parameters: URLSearchParams,
): { since: string | Date | undefined; filter: FilterDocument } {
  const text = (name: string) => parameters.get(name) || undefined;
  const read = (name: string, reader: (name: string, text: string) => string) => {
    const value = text(name);
    return value === undefined ? undefined : reader(name, value);
  };
  const filter = {
    "queue_name": text("queue"),
    "task_id": read("task", readId),
    "task_name": text("name"),
    "workflow_id": read("workflow", readId),
    kind: read("kind", readKind),
  };
  return { since: readSince(text("since")), filter };
}

function readSince(text: string | undefined): string | Date | undefined {
  if (text === undefined || text === "start") return text;
  if (/^\d+$/.test(text)) return checkCursor(text);
  const time = readTime(text);
  if (time) return time;
  throw new HttpError(400, `since is neither a cursor nor a time: ${text.slice(0, 100)}`);
}
