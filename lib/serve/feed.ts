/**
 * One follower of the log for all WebSocket clients: it keeps the newest events in memory, where clients read them at
 * their own pace.
 *
 * @module
 */

import { pause } from "../backoff.ts";
import { DatabaseUnavailableError } from "../errors.ts";
import type { EventDocument, EventLog } from "../events/log.ts";
import { eventMessage } from "./messages.ts";

/** An event in memory. */
export interface FeedEntry {
  /** Position in the log. */
  readonly position: number;
  /** As the database tells it. */
  readonly event: EventDocument;
  /** The message about it, made once for all clients. */
  readonly text: string;
}

/** Events that are kept for clients that are a little late; others read them from the database. */
const MAX_ENTRIES = 20_000;

/** Makes the entry of an event. */
export function feedEntry(event: EventDocument): FeedEntry {
  return { position: Number(event.cursor), event, text: JSON.stringify(eventMessage(event)) };
}

/** What a feed tells its owner. */
export interface FeedListener {
  /** New events, in order. */
  events(entries: readonly FeedEntry[]): void;
  /** The database cannot be asked, or can be asked again. */
  database(error: Error | null): void;
}

/** The newest events. */
export class Feed {
  readonly #log: EventLog;
  readonly #listener: FeedListener;
  #entries: FeedEntry[] = [];
  /** Position of the last event; undefined before the first look. */
  #last?: number;
  #changed = Promise.withResolvers<void>();

  /** Nothing is read before {@linkcode Feed.run}. */
  constructor(log: EventLog, listener: FeedListener) {
    this.#log = log;
    this.#listener = listener;
  }

  /** Position of the last event; undefined before the first look. */
  get last(): number | undefined {
    return this.#last;
  }

  /** Resolves when there is more to read. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Follows the log until the signal aborts, through outages of the database and restores of an older one. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const end = await this.#log.cursor(undefined);
        this.#listener.database(null);
        if (this.#last === undefined) this.#begin(Number(end));
        const pages = this.#log.follow(String(this.#last), { signal, maxOutageMs: 0 });
        for await (const { events } of pages) this.#add(events);
      } catch (error) {
        this.#listener.database(error as Error);
        if (!(error instanceof DatabaseUnavailableError)) this.#last = undefined;
        await pause(500, signal);
      }
    }
  }

  #begin(position: number): void {
    this.#entries = [];
    this.#last = position;
    this.#ring();
  }

  #add(events: readonly EventDocument[]): void {
    const entries = events.map(feedEntry);
    this.#entries.push(...entries);
    if (this.#entries.length > MAX_ENTRIES * 1.25) this.#entries = this.#entries.slice(-MAX_ENTRIES);
    this.#last = entries.at(-1)?.position ?? this.#last;
    this.#listener.events(entries);
    this.#ring();
  }

  #ring(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /**
   * Entries after a position; undefined when they are not in memory (any more).
   *
   * @param limit At most so many.
   */
  after(position: number, limit: number): readonly FeedEntry[] | undefined {
    if (this.#last === undefined) return undefined;
    const first = this.#entries[0]?.position ?? this.#last + 1;
    if (position < first - 1 || position > this.#last) return undefined;
    // Positions are dense.
    return this.#entries.slice(position - first + 1, position - first + 1 + limit);
  }
}
