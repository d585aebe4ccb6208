/**
 * One WebSocket client: reads the log at its own pace, from its own cursor.
 *
 * @module
 */

import { pause } from "../backoff.ts";
import { CursorError } from "../errors.ts";
import type { EventDocument, EventLog, FilterDocument } from "../events/log.ts";
import { type Feed, type FeedEntry, feedEntry } from "./feed.ts";
import type { QueueStatsDocument } from "./messages.ts";
import { statsMessage } from "./messages.ts";

/** Why the server ends a connection. */
export const CloseCode = {
  /** The server stops; connect again. */
  goingAway: 1001,
  /** A message was too large. */
  tooBig: 1009,
  /** The client did not keep up; go on with `since` and the last cursor. */
  slow: 4008,
  /** The events after the cursor are forgotten: begin anew. */
  cursorGone: 4010,
  /** The database cannot be asked; go on later. */
  unavailable: 4013,
} as const;

/** What a client wants. */
export interface SocketOptions {
  /** Where it begins. */
  readonly cursor: number;
  /** What it wants to hear. */
  readonly filter: FilterDocument;
  /** Bytes that may wait in memory. */
  readonly maxBufferedBytes: number;
  /** Milliseconds for which they may. */
  readonly slowMs: number;
  /** Told when the client is cut off for being slow. */
  readonly onSlow: (cursor: string) => void;
}

const BATCH = 500;
const HEARTBEAT_MS = 30_000;
const MAX_MESSAGE_LENGTH = 4096;

/** Serves one client. */
export class SocketClient {
  readonly #socket: WebSocket;
  readonly #feed: Feed;
  readonly #log: EventLog;
  readonly #options: SocketOptions;
  readonly #matches: (event: EventDocument) => boolean;
  readonly #closed = new AbortController();
  #cursor: number;

  /** Takes an open socket. */
  constructor(socket: WebSocket, feed: Feed, log: EventLog, options: SocketOptions) {
    this.#socket = socket;
    this.#feed = feed;
    this.#log = log;
    this.#options = options;
    this.#cursor = options.cursor;
    this.#matches = matcher(options.filter);
    socket.addEventListener("message", ({ data }) => this.#receive(data));
    socket.addEventListener("close", () => this.#closed.abort());
    socket.addEventListener("error", () => this.#closed.abort());
  }

  /** Sends a message that is no event. */
  tell(message: Readonly<Record<string, unknown>>): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Tells the numbers of a queue, if the client wants to hear of it and can keep up. */
  tellStats(stats: QueueStatsDocument): void {
    const { queue_name: wanted } = this.#options.filter;
    if (wanted !== undefined && wanted !== stats.queue_name || this.#isFull()) return;
    this.tell(statsMessage(stats, String(this.#cursor)));
  }

  /** Sends events until the client has gone. */
  async run(): Promise<void> {
    const heartbeat = setInterval(() => {
      if (!this.#isFull()) this.tell({ type: "heartbeat", cursor: String(this.#cursor) });
    }, HEARTBEAT_MS);
    try {
      while (!this.#closed.signal.aborted && await this.#drained()) await this.#sendNext();
    } catch (error) {
      if (error instanceof CursorError) this.close(CloseCode.cursorGone, error.message);
      else this.close(CloseCode.unavailable, "The database cannot be asked");
    } finally {
      clearInterval(heartbeat);
    }
  }

  async #sendNext(): Promise<void> {
    const changed = this.#feed.changed;
    const entries = this.#feed.after(this.#cursor, BATCH);
    if (entries === undefined) return await this.#catchUp();
    this.#send(entries);
    if (entries.length === 0) await Promise.race([changed, aborted(this.#closed.signal)]);
  }

  /** What is no longer in memory comes from the database. */
  async #catchUp(): Promise<void> {
    const page = await this.#log.read(String(this.#cursor), this.#options.filter, BATCH);
    this.#send(page.events.map(feedEntry));
    this.#cursor = Number(page.cursor);
    if (page.cursor === page.lastCursor && this.#feed.after(this.#cursor, 1) === undefined) {
      await pause(50, this.#closed.signal); // the feed is about to come here
    }
  }

  #send(entries: readonly FeedEntry[]): void {
    for (const { position, event, text } of entries) {
      // The event of its end comes later, and nothing would let it come if we went on here.
      if (this.#socket.readyState !== WebSocket.OPEN) return this.#closed.abort();
      if (this.#matches(event)) this.#socket.send(text);
      this.#cursor = position;
    }
  }

  #isFull(): boolean {
    return this.#socket.bufferedAmount > this.#options.maxBufferedBytes;
  }

  /** Waits until the client has taken enough of what waits for it; false when it takes too long. */
  async #drained(): Promise<boolean> {
    const deadlineMs = performance.now() + this.#options.slowMs;
    while (this.#isFull()) {
      if (performance.now() > deadlineMs) {
        this.#options.onSlow(String(this.#cursor));
        this.close(CloseCode.slow, "Too slow: connect again with since and the last cursor");
        return false;
      }
      if (!await pause(20, this.#closed.signal)) return false;
    }
    return true;
  }

  #receive(data: unknown): void {
    if (typeof data !== "string" || data.length > MAX_MESSAGE_LENGTH) {
      return this.close(CloseCode.tooBig, "Messages are short texts");
    }
    const message = parse(data);
    if (message?.type === "ping") this.tell({ ...message, type: "pong", cursor: String(this.#cursor) });
    else if (message?.type !== "pong") {
      this.tell({ type: "error", message: 'Unknown message; {"type":"ping"} is answered' });
    }
  }

  /** Ends the connection, saying why. */
  close(code: number, reason: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (code !== CloseCode.slow) {
      this.tell({ type: "disconnect", code, reason, cursor: String(this.#cursor) });
    }
    this.#socket.close(code, reason.slice(0, 120));
    this.#closed.abort();
  }
}

/** Whether an event is one that a filter lets through; made once for a client that is asked for each event. */
export function matcher(filter: FilterDocument): (event: EventDocument) => boolean {
  const wanted = Object.entries(filter).filter(([, value]) => value !== undefined);
  if (wanted.length === 0) return () => true;
  return (event) =>
    wanted.every(([key, value]) => (event as unknown as Record<string, unknown>)[key] === value);
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
